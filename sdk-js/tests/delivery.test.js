import assert from "node:assert/strict";
import test from "node:test";

import { formatAck } from "../build/ack.js";
import { Delivery } from "../build/delivery.js";
import { Link } from "../build/link.js";
import { MemoryBuffer } from "../build/queue.js";
import { contains, normalise } from "../build/ranges.js";
import { ceilingMs } from "../build/retry.js";
import { seqs } from "../build/batch.js";
import { vectors } from "./vectors.js";

const STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
const DRAWS = { backoff: ceilingMs, spread: () => 0.5 };

const eventOf = (size = 20) => `{"t":0,"e":"${"a".repeat(size - 14)}"}`;

/** Plays a trace of `delivery.json` against a delivery; every SDK can do the same. */
class Trace {
  constructor({ options, adopted }) {
    this.buffer = new MemoryBuffer(STREAM);
    for (let seq = 1; seq <= (adopted?.assigned ?? 0); seq += 1) {
      this.add(20);
      if (!contains(normalise(adopted.pending), seq)) this.buffer.take([[seq, seq]]);
    }
    const batching = {
      flushAt: options.flush_at,
      flushBytes: options.flush_bytes,
      flushMs: options.flush_ms,
      maxEvents: options.max_events,
      maxBytes: options.max_bytes,
    };
    const retry = { timeoutMs: options.timeout_ms, maxAgeMs: options.max_age_ms, inFlight: options.in_flight };
    this.delivery = new Delivery(this.buffer, new Link(DRAWS), batching, retry, adopted !== undefined);
    this.sent = [];
  }

  add(size) {
    this.buffer.append(this.buffer.assigned + 1, eventOf(size), size);
  }

  play(step) {
    const { delivery, buffer } = this;
    if (step.add) for (let i = 0; i < step.add; i += 1) this.add(step.size ?? 20);
    else if (step.drop) delivery.lose(step.drop, [[buffer.assigned + 1, buffer.assigned + 1]]);
    else if (step.flush) delivery.hurry();
    else if (step.close) delivery.closing = true;
    else if (step.next) assert.deepEqual(this.describe(delivery.next(step.at, step.at)), step.next);
    else this.settle(step);
  }

  settle(step) {
    const came = answer(step.answer);
    const { stored, rejected, lost, again } = this.delivery.settle(this.sent.shift(), came, step.at, step.at);
    const got = { stored, rejected: rejected.map(({ seq, code }) => [seq, code]), lost, again };
    assert.deepEqual(got, step.outcome);
  }

  describe(decision) {
    if (decision === null) return { done: true };
    if (typeof decision === "number") return { wait: decision === Infinity ? null : decision };
    this.sent.push(decision.ticket);
    const { batch, attempt, identity } = decision;
    if (batch === null) return { ask: true };
    const drops = Object.entries(batch.drops).map(([reason, ranges]) => ({ reason, ranges }));
    return {
      send: { seqs: seqs(batch.entries), attempt, hwm: batch.hwm, fin: batch.fin, drops, identity },
    };
  }
}

/** Build what comes back from how the traces write it. */
function answer({ failure, status, headers = {}, body = {}, proof = true, stream = STREAM, text }) {
  if (failure) return { status: 0, kind: failure };
  const proven = proof && status >= 200 && status < 300;
  const whole = proven ? { v: 1, stream, ...body } : body;
  return {
    status,
    proof: proven ? formatAck(stream, body.ack?.upto ?? 0) : null,
    wait: headers["retry-after"] ?? null,
    body: text ?? JSON.stringify(whole),
  };
}

for (const vector of vectors("delivery")) {
  test(`trace ${vector.id}: ${vector.description} (${vector.requirement})`, () => {
    const trace = new Trace(vector);
    vector.steps.forEach((step, place) => {
      try {
        trace.play(step);
      } catch (error) {
        error.message = `step ${place} ${JSON.stringify(step)}: ${error.message}`;
        throw error;
      }
    });
  });
}
