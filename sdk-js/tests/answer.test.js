import assert from "node:assert/strict";
import test from "node:test";

import { PROBLEMS, VERDICTS } from "../build/_generated/codes.js";
import { formatAck, proves } from "../build/ack.js";
import { actionOf, isProof, read, waitOf } from "../build/answer.js";
import { classify } from "../build/retry.js";
import { vectors } from "./vectors.js";

const STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

test("the action is that of the generated table, for every status, code and proof (RTY-07)", () => {
  for (let status = 100; status < 600; status += 1) {
    for (const code of [null, "unknown", ...Object.keys(PROBLEMS)]) {
      for (const proven of [true, false]) {
        assert.equal(actionOf(status, code, proven), classify(status, code, proven), `${status} ${code} ${proven}`);
      }
    }
  }
});

test("a header proves an answer where the protocol's reader says so (ACK-01)", () => {
  const headers = [null, "", "1", "1; s=0197a1b2; upto=7", "1;s=0197a1b2;upto=0", "1; upto=7; s=0197a1b2", "2; s=0197a1b2; upto=7", "1; s=0197a1b3; upto=7", "1; s=*; upto=*", "1; s=0197a1b2", "1; s=0197a1b2; upto=x", " 1; s=0197a1b2; upto=7 ", "1; s=0197a1b2; upto=7; s=0197a1b2", formatAck(STREAM, 5)];
  for (const header of headers) {
    assert.equal(isProof(header, STREAM), proves(200, header, STREAM), header);
  }
});

test("Retry-After is read as the vectors say; dates of the old forms are absent (RTY-05)", () => {
  // RFC 9110, section 5.6.7: a server writes the one form that toUTCString gives; others are absent.
  const absent = (value) => !/^[ \t]*\d+[ \t]*$/.test(value) && new Date(value).toUTCString() !== value.trim();
  const waits = vectors("retry").filter(({ input }) => input.op === "retry_after");
  assert.ok(waits.length > 20);
  for (const { id, input, expect } of waits) {
    const value = input.value ?? "";
    assert.equal(waitOf(input.value, input.now), absent(value) ? null : expect, `${id} ${value}`);
  }
});

test("a verdict is final unless the registry says it may be retried (VER-03)", () => {
  for (const [code, { retryable }] of [...Object.entries(VERDICTS), ["not_known", { retryable: false }]]) {
    const body = { v: 1, stream: STREAM, ack: { upto: 0, settled: [] }, rejected: [{ n: 1, code }] };
    const came = { status: 200, proof: formatAck(STREAM, 0), wait: null, body: JSON.stringify(body) };
    assert.equal(read(came, STREAM, 0).rejected[0].final, !retryable, code);
  }
});
