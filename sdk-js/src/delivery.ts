/**
 * What one stream sends next, and what an answer means for its events; no I/O, no clock.
 *
 * `next(now, wall)` says Send, Wait or Done; `settle(ticket, came, now, wall)` takes what came back
 * and says what is released, sent again or lost. The events themselves lie in a `Buffer`. Times are
 * steady ms, `wall` is ms since 1970.
 */

import { PROBE_EVENTS, QUERY_ABOVE } from "./_generated/limits.js";
import { Ages } from "./ages.js";
import { type Answer, type Rejection, read } from "./answer.js";
import { type Batch, cut, type Drops, type Entry, seqs } from "./batch.js";
import { readControl } from "./control.js";
import { type Flight, Flights } from "./flights.js";
import type { Link } from "./link.js";
import type { Batching, Retry } from "./options.js";
import type { Buffer } from "./queue.js";
import { contains, normalise, type Ranges, subtract, union } from "./ranges.js";
import type { Failure, Response } from "./transport.js";

/** Send this now: a batch, or (batch null) the question how far the stream is settled. */
export interface Send {
  readonly ticket: number;
  readonly batch: Batch | null;
  readonly attempt: number;
  readonly identity: boolean;
}

/** What to do: a request; or nothing until then (Infinity = until something happens); or it is over. */
export type Decision = Send | number | null;

/** What an answer did: the events that ended, and those that go out again. */
export interface Outcome {
  readonly stored: Ranges;
  readonly rejected: readonly Rejection[];
  readonly lost: Drops;
  readonly again: Ranges;
  readonly detail: string;
}

/** Single events refused in a row, without one accepted, that are not about those events. */
const MASS_REFUSAL = 3;

/** Drives one stream from its buffer to the collector. */
export class Delivery {
  /** True = nothing will be added: the rest goes out, then `fin`. */
  closing: boolean;
  private readonly _flights = new Flights();
  private readonly _ages: Ages;
  private _since: number | null = null;
  private _urgent = 0;
  private _finTold = false;
  private _givenUpInRow = 0;
  private _told: Ranges = [];
  private _sent = 0;
  private _lost: [reason: string, ranges: Ranges][] = [];

  /** Adopted: who filled the buffer is dead. `ask` = the stream's ledger is asked before anything is sent. */
  constructor(
    readonly buffer: Buffer,
    private readonly _link: Link,
    private readonly _batching: Batching,
    private readonly _retry: Retry,
    private readonly _adopted: boolean = false,
    private _ask: boolean = false,
  ) {
    this.closing = _adopted;
    this._ages = new Ages(_retry.maxAgeMs);
    // What a dead page sent is unknown: all of it may have been.
    if (_adopted) this._sent = buffer.assigned;
  }

  /** Send everything assigned so far without waiting for a full batch; return its end. */
  hurry(): number {
    return (this._urgent = this.buffer.assigned);
  }

  /** Declare a loss (TM-LED-03); the owner finds it in `takeLosses`. */
  lose(reason: string, ranges: Ranges): void {
    if (ranges.length === 0) return;
    this.buffer.drop(reason, ranges);
    this._lost.push([reason, ranges]);
  }

  /** Return the losses since the last call. */
  takeLosses(): [reason: string, ranges: Ranges][] {
    const found = this._lost;
    this._lost = [];
    return found;
  }

  /** The number of requests without an answer. */
  get inFlight(): number {
    return this._flights.size;
  }

  /** Tell whether everything up to `end` has ended and every loss among it is told. */
  settledTo(end: number): boolean {
    for (const [seq] of this.buffer.entries()) {
      if (seq <= end) return false;
      break;
    }
    return !this._untold().some(([low]) => low <= end);
  }

  /** Tell whether nothing is left and nothing will come. */
  get done(): boolean {
    if (!this.closing || this.inFlight || this.buffer.pending) return false;
    return this._untold().length === 0 && (this._finTold || !this.buffer.assigned);
  }

  /** Decide what to do now. */
  next(now: number, wall: number): Decision {
    this._ages.note(this.buffer.assigned, now);
    if (this.inFlight >= this._retry.inFlight) return Infinity;
    this._expire(now);
    const untold = this._untold();
    this._look(now, this._flights.held(), untold);
    if (this.done) return null;
    if (this._link.stopped) return Infinity;
    if (now < this._link.blockedUntil) {
      const work = this.buffer.pending || untold.length || this.closing;
      return work ? this._link.blockedUntil : this._nextExpiry();
    }
    const flight = this._take(now, wall, untold);
    if (!flight) return Math.min(this._dueAt(now), this._nextExpiry());
    return this._send(flight, now);
  }

  /** Take over a request that others have made for this stream; its answer is settled here. */
  take(batch: Batch, leaving: boolean, now: number): Send {
    return this._send({ batch, attempt: 0, ask: false, leaving }, now);
  }

  /** Cut the newest events that fit, and what is lost, for a page that is being left (TM-WEB-01). */
  leave(budget: number, now: number, wall: number): Send | null {
    const flying = this._flights.flying(true);
    const fit: Entry[] = [];
    // The context and what stands around the events take room, too.
    let room = budget - this.buffer.context.length * 3 - JSON.stringify(this.buffer.drops).length - 300;
    for (const entry of [...this.buffer.entries()].reverse()) {
      if (contains(flying, entry[0])) continue;
      room -= entry[2] + 24;
      if (room < 0) break;
      fit.unshift(entry);
    }
    const news = fit.length > 0 || subtract(this._untold(), this._flights.carried()).length > 0;
    if (!news || this._link.stopped || now < this._link.blockedUntil) return null;
    return this._send({ batch: this._cut(fit, wall, false), attempt: 0, ask: false, leaving: true }, now);
  }

  /** Take the answer to a request; every `Send` is answered exactly once. */
  settle(ticket: number, came: Response | Failure, now: number, wall: number): Outcome {
    const flight = this._flights.land(ticket);
    const answer = read(came, this.buffer.stream, wall);
    const { action, detail } = answer;
    const { entries, bytes, body } = flight.batch;
    if (action === "settle") return this._settled(flight, answer, now);
    if (flight.ask) {
      flight.ask = this._ask && !came.status;
      // Go on without the stream's ledger if the collector does not tell it.
      if (!"bisect unavailable halve identity".includes(action)) this._link.failed(answer, now);
      return this._again(flight, detail);
    }
    if (action === "bisect") return this._refused(flight, answer, now, "send_rejected");
    if (action === "halve") {
      if (entries.length > 1) this._link.cap(entries.length >> 1, bytes >> 1, now);
      return this._refused(flight, answer, now, "too_large");
    }
    if (action === "identity" && !this._link.identity) {
      this._link.identity = true;
    } else {
      this._link.failed(answer, now);
      flight.ask = answer.ambiguous && body.length > QUERY_ABOVE;
    }
    return this._again(flight, detail);
  }

  private _send(flight: Flight, now: number): Send {
    const { batch, ask } = flight;
    if (!ask) flight.attempt += 1;
    this._link.sent(now, ask || flight.attempt > 1);
    const told = [...batch.entries.map(([seq]) => seq), ...Object.values(batch.drops).flat(2)];
    this._sent = told.reduce((highest, seq) => Math.max(highest, seq), this._sent);
    return {
      ticket: this._flights.start(flight),
      batch: ask ? null : batch,
      attempt: flight.attempt,
      identity: this._link.identity,
    };
  }

  private _take(now: number, wall: number, untold: Ranges): Flight | null {
    const { waiting, pieces } = this._flights;
    while (waiting.length > 0) {
      const flight = waiting.shift()!;
      if (!this._stale(flight)) return flight;
    }
    while (pieces.length > 0) {
      const entries = pieces.shift()!.filter(([seq]) => this.buffer.has(seq));
      if (entries.length > 0) return this._flight(entries, wall);
    }
    const held = this._flights.held();
    const fresh = this._look(now, held, untold);
    if (!this._due(now, held, fresh)) return null;
    const [events, bytes] = this._link.limit(this._batching.maxEvents, this._batching.maxBytes, now);
    const entries = this._peek(events, bytes, held);
    this._since = entries.length < fresh ? now : null;
    return this._flight(entries, wall);
  }

  private _peek(events: number, bytes: number, skip: Set<number>): Entry[] {
    const picked: Entry[] = [];
    for (const entry of this.buffer.entries()) {
      if (skip.has(entry[0])) continue;
      bytes -= entry[2];
      if (picked.length >= events || (bytes < 0 && picked.length > 0)) break;
      picked.push(entry);
    }
    return picked;
  }

  /** Tell whether a batch is to be cut anew instead of sent again. */
  private _stale({ ask, batch: { entries } }: Flight): boolean {
    if (ask) return false;
    if (this._link.probing && entries.length > PROBE_EVENTS) return true;
    return !entries.every(([seq]) => this.buffer.has(seq));
  }

  private _flight(entries: readonly Entry[], wall: number): Flight {
    const last = this._flights.none && this.buffer.pending === entries.length;
    const fin = this.closing && last && !this._finTold;
    return { batch: this._cut(entries, wall, fin), attempt: 0, ask: this._ask };
  }

  private _cut(entries: readonly Entry[], t0: number, fin: boolean): Batch {
    const { stream, assigned, context, drops } = this.buffer;
    const clock = this._adopted ? "wall" : "anchored";
    return cut({ stream, hwm: assigned, t0, context, drops, fin, clock }, entries);
  }

  /** Take note whether something waits that is in no batch; return how many events do. */
  private _look(now: number, held: Set<number>, untold: Ranges): number {
    let fresh = this.buffer.pending;
    for (const seq of held) if (this.buffer.has(seq)) fresh -= 1;
    if (fresh > 0 || subtract(untold, this._flights.carried()).length > 0) this._since ??= now;
    else this._since = null;
    return fresh;
  }

  private _due(now: number, held: Set<number>, fresh: number): boolean {
    if (this._since === null) {
      return this.closing && this._flights.none && !this._finTold && this.buffer.assigned > 0;
    }
    if (this.closing || (this._urgent && !this.settledTo(this._urgent))) return true;
    const { flushAt, flushBytes, maxEvents } = this._batching;
    if (fresh >= Math.min(flushAt, maxEvents) || this._dueAt(now) <= now) return true;
    return this.buffer.pendingBytes >= flushBytes && this._freshBytes(held) >= flushBytes;
  }

  private _dueAt(now: number): number {
    if (this._since === null) return Infinity;
    return this._since + (this._link.control(now).flushMs ?? this._batching.flushMs);
  }

  private _freshBytes(held: Set<number>): number {
    let bytes = 0;
    for (const entry of this.buffer.entries()) if (!held.has(entry[0])) bytes += entry[2];
    return bytes;
  }

  /** Return the declared losses that no proven answer has carried yet. */
  private _untold(): Ranges {
    return subtract(normalise(Object.values(this.buffer.drops).flat()), this._told);
  }

  /** Drop what is too old, except what is on its way (TM-RTY-02). */
  private _expire(now: number): void {
    const end = this._ages.expired(now);
    if (!end) return;
    const old = [...this.buffer.entries()].filter(([seq]) => seq <= end);
    const flying = this._flights.flying();
    this.lose("expired", subtract(seqs(old), flying));
    // The answer of what is on its way decides; if it does not, it is looked at again.
    if (flying.some(([low]) => low <= end)) this._ages.again(end, now);
  }

  private _nextExpiry(): number {
    return this.buffer.pending && !this.inFlight ? this._ages.nextExpiry() : Infinity;
  }

  private _again(flight: Flight, detail: string): Outcome {
    this._flights.waiting.push(flight);
    return outcome({ again: this._open(flight), detail });
  }

  private _open({ batch: { entries } }: Flight): Ranges {
    return seqs(entries.filter(([seq]) => this.buffer.has(seq)));
  }

  /** Cut a refused batch in two; give a single event up. */
  private _refused(flight: Flight, answer: Answer, now: number, reason: string): Outcome {
    const { detail } = answer;
    const entries = flight.batch.entries.filter(([seq]) => this.buffer.has(seq));
    const again = seqs(entries);
    if (flight.batch.entries.length > 1) {
      this._link.answered();
      const middle = (entries.length + 1) >> 1;
      this._flights.pieces.unshift(entries.slice(0, middle), entries.slice(middle));
      return outcome({ again, detail });
    }
    // Nothing to cut: the envelope itself was refused. Or not one bad event but a collector that
    // refuses everything. Not at once, not for ever.
    const single = flight.batch.entries.length > 0;
    if (single && ++this._givenUpInRow < MASS_REFUSAL) this._link.answered();
    else this._link.failed(answer, now);
    this.lose(reason, again);
    return outcome({ lost: again.length > 0 ? { [reason]: again } : {}, detail });
  }

  /** Release everything the ack names, whichever request it came from (TM-LED-05). */
  private _settled(flight: Flight, answer: Answer, now: number): Outcome {
    // No more is believed than what was sent.
    const acked = answer.acked.filter(([low]) => low <= this._sent);
    const known = acked.map(([low, high]) => [low, Math.min(high, this._sent)] as const);
    const rejected = this._verdicts(answer, known);
    this._givenUpInRow = 0;
    const refused = this.buffer.take(normalise(rejected.map(({ seq }) => [seq, seq])));
    const stored = this.buffer.take(known);
    this.buffer.ackedDrops(known);
    if (flight.ask) this._ask = false;
    else {
      this._told = union(this._told, normalise(Object.values(flight.batch.drops).flat()));
      this._finTold ||= flight.batch.fin;
    }
    const again = this._open(flight);
    this._steer(flight, answer, now, stored.length + refused.length > 0, again.length > 0);
    return outcome({ stored, rejected, again, detail: answer.detail });
  }

  /** Return the rejections that end an event now: each once, none that may go again. */
  private _verdicts({ rejected }: Answer, acked: Ranges): Rejection[] {
    const ended = new Set<number>();
    return rejected.filter(({ seq, final }) => {
      const over = (final || contains(acked, seq)) && this.buffer.has(seq) && seq <= this._sent;
      return over && !ended.has(seq) && ended.add(seq);
    });
  }

  /** Set the pace after an answer that proves itself. */
  private _steer(flight: Flight, answer: Answer, now: number, fresh: boolean, rest: boolean): void {
    const control = readControl(answer.control, now);
    if (control) this._link.steer(control, now);
    if (flight.ask) {
      this._link.answered();
      flight.ask = false;
      if (rest) this._flights.waiting.push(flight);
    } else if (rest && !fresh) {
      // A proof that settles nothing of what was sent: waiting grows, or it would spin.
      this._link.failed(answer, now);
    } else {
      this._link.answered();
      this._link.fits(flight.batch.entries.length, flight.batch.bytes);
      if (rest) this._link.partly(now);
    }
  }
}

function outcome(some: Partial<Outcome>): Outcome {
  return { stored: [], rejected: [], lost: {}, again: [], detail: "", ...some };
}
