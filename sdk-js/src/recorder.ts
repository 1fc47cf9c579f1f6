/**
 * A client's ledger: numbers events, keeps them, and knows what became of each.
 *
 * Each stream is a lane: a buffer and the delivery that drains it. Calls add to the current lane;
 * lanes of earlier streams (reset, consent, dead pages) are drained until they are done.
 */

import { MAX_HOLD } from "./_generated/limits.js";
import { type Batch, seqs } from "./batch.js";
import { Delivery, type Outcome, type Send } from "./delivery.js";
import { uuid7 } from "./eventId.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";
import { type Buffer, type Buffers, MemoryBuffer } from "./queue.js";
import { count, type Ranges } from "./ranges.js";
import type { Ref, Result, Stats, Totals } from "./results.js";
import { size } from "./sanitize.js";
import type { Clock } from "./steady.js";
import type { Failure, Response } from "./transport.js";

type Counts = { [name: string]: number };

/** Events by their end; `left` are those that wait in a spool for another page or process. */
class Tally {
  assigned = 0;
  stored = 0;
  left = 0;
  readonly rejected: Counts = {};
  readonly dropped: Counts = {};

  totals(assigned: number, pending: number): Totals {
    return {
      assigned: this.assigned + assigned,
      stored: this.stored,
      rejected: { ...this.rejected },
      dropped: { ...this.dropped },
      pending: this.left + pending,
    };
  }
}

/** One stream; `own` = this client numbers its events, `held` = nothing may be sent yet. */
export interface Lane {
  readonly buffer: Buffer;
  readonly delivery: Delivery;
  readonly own: boolean;
  held: boolean;
  alive: boolean;
}

/** A request that is to be made, and the lane it is for. */
export interface Job {
  readonly lane: Lane;
  readonly send: Send;
}

/** A request that others have made for a stream, and what comes back. */
export interface Made {
  readonly batch: Batch;
  readonly leaving: boolean;
  readonly came: Promise<Response | Failure>;
}

/** Streams, and the number up to which each has to be settled. */
export type Goals = readonly (readonly [lane: Lane, end: number])[];

/** Keeps a client's streams. */
export class Recorder {
  sanitized = 0;
  refused = 0;
  requests = 0;
  closed = false;
  /** The ends of events that are to be told to the caller's hook. */
  results: Result[] = [];
  private readonly _own = new Tally();
  private readonly _recovered = new Tally();
  private _lanes: Lane[] = [];
  private _lane: Lane | null = null;

  constructor(
    private readonly _buffers: Buffers,
    readonly link: Link,
    private readonly _clock: Clock,
    private readonly _settings: Settings,
  ) {}

  /** Give an event its number (TM-LED-01) and keep it; null if no stream is begun. */
  record(event: string, sanitized: boolean): Ref | null {
    const lane = this._lane;
    if (!lane) return null;
    const { buffer, delivery } = lane;
    const seq = buffer.assigned + 1;
    const bytes = size(event);
    let reason = buffer.append(seq, event, bytes);
    while (reason && buffer.pending && this._settings.batching.overflow === "oldest") {
      for (const [oldest] of buffer.entries()) {
        delivery.lose(reason, [[oldest, oldest]]);
        break;
      }
      reason = buffer.append(seq, event, bytes);
    }
    if (reason) delivery.lose(reason, [[seq, seq]]);
    if (sanitized) this.sanitized += 1;
    return { stream: buffer.stream, seq };
  }

  /** Give a number to an event that cannot be kept, and declare it as lost (TM-LED-03). */
  lose(reason: string): Ref | null {
    if (!this._lane) return null;
    const { buffer, delivery } = this._lane;
    const seq = buffer.assigned + 1;
    delivery.lose(reason, [[seq, seq]]);
    return { stream: buffer.stream, seq };
  }

  /** Begin a new stream (TM-LED-10); what is pending in the one before goes out all the same. */
  begin(context: string, held: boolean, stream: string | null): void {
    this.end();
    const { batching } = this._settings;
    stream ??= uuid7(Math.max(0, this._clock.now()), crypto.getRandomValues(new Uint8Array(10)));
    // While consent is unknown nothing may touch a disk.
    const buffer = held
      ? new MemoryBuffer(stream, context, MAX_HOLD, batching.queueBytes)
      : this._buffers.open(stream, context);
    this._lane = this._add(buffer, true, held);
  }

  /** End the current stream: nothing is recorded until `begin`. */
  end(): void {
    if (this._lane) this._lane.delivery.closing = true;
    this._lane = null;
  }

  /** Let held events go out: consent was given. */
  release(): void {
    for (const lane of this._lanes) lane.held = false;
  }

  /** Erase everything that is pending, in storage too, and forget its streams (TM-CON-01). */
  purge(reason: string): void {
    this._buffers.purge();
    this._lane = null;
    for (const { delivery, buffer } of this._lanes) {
      delivery.lose(reason, seqs([...buffer.entries()]));
    }
    this._closeLanes(true);
  }

  /** Go on with a stream that others have begun; it ends with the next `begin`. */
  resume(buffer: Buffer, held: boolean): Lane {
    this.end();
    return (this._lane = this._add(buffer, true, held));
  }

  /** Take over a request for a stream that was resumed. */
  take(lane: Lane, { batch, leaving }: Made): Job {
    return { lane, send: lane.delivery.take(batch, leaving, this._clock.steady()) };
  }

  /** Take note of events that ended before this began. */
  ended(assigned: number, stored: number, dropped: { readonly [reason: string]: number }): void {
    this._own.assigned += assigned;
    this._own.stored += stored;
    for (const [reason, number] of Object.entries(dropped)) add(this._own.dropped, reason, number);
  }

  /** Take over the streams of dead pages or processes. */
  adopt(found: () => void): void {
    this._buffers.adopt((buffer) => {
      if (this.closed) return buffer.close(false);
      this._recovered.assigned += buffer.pending;
      this._add(buffer, false, false);
      found();
    });
  }

  private _add(buffer: Buffer, own: boolean, held: boolean): Lane {
    const { batching, retry } = this._settings;
    const delivery = new Delivery(buffer, this.link, batching, retry, !own, !own && this._buffers.asks);
    const lane = { buffer, delivery, own, held, alive: true };
    this._lanes.push(lane);
    return lane;
  }

  /** Decide what the worker does next: a request, or how long to wait (steady ms). */
  next(): Job | number {
    const now = this._clock.steady();
    const wall = this._clock.now();
    let until = Infinity;
    let job: Job | null = null;
    for (const lane of [...this._lanes]) {
      if (lane.held || job) continue;
      const decision = lane.delivery.next(now, wall);
      if (typeof decision === "number") until = Math.min(until, decision);
      else if (decision) job = this._job(lane, decision);
      else this._remove(lane);
    }
    this._countLosses();
    return job ?? until;
  }

  private _job(lane: Lane, send: Send): Job {
    this.requests += 1;
    // Its turn is over: a busy stream must not keep the others waiting.
    this._lanes = [...this._lanes.filter((other) => other !== lane), lane];
    return { lane, send };
  }

  private _remove(lane: Lane): void {
    this._lanes = this._lanes.filter((other) => other !== lane);
    this._archive(lane);
    lane.buffer.close(true);
  }

  /** Cut what goes out with a page that is being left, within so many bytes. */
  leave(budget: number): Job | null {
    for (const lane of this._lanes) {
      if (!lane.own || lane.held) continue;
      const send = lane.delivery.leave(budget, this._clock.steady(), this._clock.now());
      if (send) return this._job(lane, send);
    }
    return null;
  }

  /** Take what came back for a job. */
  settle({ lane, send }: Job, came: Response | Failure): Outcome | null {
    if (!lane.alive) return null;
    const outcome = lane.delivery.settle(send.ticket, came, this._clock.steady(), this._clock.now());
    const tally = this._tally(lane);
    tally.stored += count(outcome.stored);
    for (const { code, seq, path, limit } of outcome.rejected) {
      add(tally.rejected, code, 1);
      this._tell({ outcome: "rejected", code, stream: lane.buffer.stream, seq, path, limit });
    }
    this._countLosses();
    return outcome;
  }

  /** Make what was noted durable, at once if the page is being left. */
  sync(leaving: boolean): void {
    for (const { buffer } of this._lanes) buffer.sync(leaving);
  }

  /** Send everything recorded so far without delay; return what has to be settled for that. */
  hurry(): Goals {
    return this._lanes.filter(({ held }) => !held).map((lane) => [lane, lane.delivery.hurry()]);
  }

  /** Tell whether every stream is done, or cannot be. */
  get drained(): boolean {
    return this._lanes.every(({ held, buffer }) => held || !buffer.assigned);
  }

  /** Stop: what is pending stays in the spool, or is lost and said so (TM-LED-03). */
  shut(): void {
    this.closed = true;
    this.end();
    for (const { buffer, delivery } of this._lanes) {
      if (buffer.durable) continue;
      delivery.lose("shutdown_deadline", seqs([...buffer.entries()]));
    }
    this._closeLanes(false);
  }

  /** Return the ledger of this instant (TM-LED-04). */
  stats(note: string | null): Stats {
    this._countLosses();
    const sum = (own: boolean, of: (lane: Lane) => number): number =>
      this._lanes.reduce((total, lane) => total + (lane.own === own ? of(lane) : 0), 0);
    const pending = ({ buffer }: Lane): number => buffer.pending;
    return {
      ...this._own.totals(sum(true, ({ buffer }) => buffer.assigned), sum(true, pending)),
      stream: this._lane?.buffer.stream ?? "",
      inFlight: this._lanes.reduce((total, { delivery }) => total + delivery.inFlight, 0),
      sanitized: this.sanitized,
      refused: this.refused,
      requests: this.requests,
      failures: this.link.failures,
      trouble: this.link.trouble,
      spool: this._buffers.location,
      note,
      disabled: false,
      recovered: this._recovered.totals(0, sum(false, pending)),
    };
  }

  private _tally(lane: Lane): Tally {
    return lane.own ? this._own : this._recovered;
  }

  private _countLosses(): void {
    for (const lane of this._lanes) {
      for (const [code, ranges] of lane.delivery.takeLosses()) this._countLoss(lane, code, ranges);
    }
  }

  private _countLoss(lane: Lane, code: string, ranges: Ranges): void {
    add(this._tally(lane).dropped, code, count(ranges));
    if (!this._settings.hooks.onResult) return;
    for (const [low, high] of ranges) {
      for (let seq = low; seq <= high; seq += 1) {
        this._tell({ outcome: "dropped", code, stream: lane.buffer.stream, seq, path: null, limit: null });
      }
    }
  }

  private _tell(result: Result): void {
    if (this._settings.hooks.onResult) this.results.push(result);
  }

  private _closeLanes(fin: boolean): void {
    this._countLosses();
    const gone = this._lanes;
    this._lanes = [];
    for (const lane of gone) {
      this._archive(lane);
      lane.buffer.close(fin || !lane.buffer.assigned);
    }
  }

  private _archive(lane: Lane): void {
    lane.alive = false;
    const tally = this._tally(lane);
    if (lane.own) tally.assigned += lane.buffer.assigned;
    tally.left += lane.buffer.pending;
  }
}

function add(counts: Counts, name: string, number: number): void {
  counts[name] = (counts[name] ?? 0) + number;
}
