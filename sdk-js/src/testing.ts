/**
 * For tests of code that tracks: a collector in memory, a clock that only moves when told,
 * assertions.
 *
 *     const transport = new MemoryTransport();
 *     const client = new Client(key, url, { spool: { directory: false }, transport });
 *     client.track("Order Completed", { total: 42 }, { user: "u-1" });
 *     await client.flush();
 *     assertTracked(transport, "Order Completed", { total: 42 }, { user: "u-1" });
 */

import { formatAck } from "./ack.js";
import { text as canonicalText } from "./canonical.js";
import { eventId } from "./eventId.js";
import { Account, Ledger } from "./ledger.js";
import { contains, count, normalise, type Ranges } from "./ranges.js";
import type { Clock } from "./steady.js";
import type { Failure, Request, Response, Transport } from "./transport.js";
import { validateEnvelope, validateEvent } from "./validate.js";

type Json = { readonly [name: string]: unknown };

/** A stored event as the collector sees it. */
export interface Recorded {
  readonly id: string;
  readonly kind: string;
  readonly name: string | null;
  readonly properties: Json;
  readonly user: string | null;
  readonly device: string | null;
  readonly groups: Json;
  readonly timeMs: number;
  readonly context: Json;
  readonly raw: Json;
}

/** What a scripted request meets: an answer, a failure, or `lostAnswer`; null = it is served. */
export type Step = Response | Failure | "lostAnswer" | null;

const NOON_2026 = 1_767_268_800_000;

/** Tells a time that only `advance` changes; a client's timers follow it. */
export class VirtualClock implements Clock {
  private _steady = 1_000_000;
  private readonly _offset: number;
  private _timers: { readonly at: number; readonly call: () => void }[] = [];

  /** Begin at so many ms since 1970. */
  constructor(wallMs: number = NOON_2026) {
    this._offset = wallMs - this._steady;
  }

  now(): number {
    return this._steady + this._offset;
  }

  steady(): number {
    return this._steady;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this._steady + Math.max(0, ms), call };
    this._timers.push(timer);
    return () => {
      this._timers = this._timers.filter((other) => other !== timer);
    };
  }

  /** Let time pass, and let what waited for it happen. */
  async advance(ms: number): Promise<void> {
    this._steady += ms;
    const due = this._timers.filter(({ at }) => at <= this._steady);
    this._timers = this._timers.filter(({ at }) => at > this._steady);
    for (const { call } of due) call();
    await settle();
  }
}

/** Let what is under way in this process come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

class Stream {
  ledger = new Ledger();
  account = new Account();
  readonly digests = new Map<number, string>();
}

/**
 * A collector in memory: verdicts, ledger and answers by the protocol. A clock given to it becomes
 * the client's. `script` says what the next requests meet instead.
 */
export class MemoryTransport implements Transport {
  readonly requests: Request[] = [];
  private readonly _steps: (Step | ((request: Request) => Step))[] = [];
  private readonly _streams = new Map<string, Stream>();
  private readonly _stored: Recorded[] = [];

  readonly clock: Clock | undefined;

  constructor(clock?: Clock) {
    this.clock = clock;
  }

  /** Meet the next requests with these steps, one each; a function is asked for its step. */
  script(...steps: (Step | ((request: Request) => Step))[]): void {
    this._steps.push(...steps);
  }

  /** Return the stored events in the order of their arrival, or only those of a name. */
  recorded(name?: string): Recorded[] {
    return this._stored.filter((event) => name === undefined || event.name === name);
  }

  /** Return the bodies of all posts, in the order of their arrival. */
  envelopes(): Json[] {
    return this.requests.flatMap(({ body }) => (body === null ? [] : [JSON.parse(body) as Json]));
  }

  /** Return the streams that arrived, in the order of their arrival. */
  streams(): string[] {
    return [...this._streams.keys()];
  }

  /** Return what is settled of a stream. */
  ledger(stream: string): Ledger {
    return (this._streams.get(stream) ?? new Stream()).ledger;
  }

  /** Return what a stream's events came to. */
  account(stream: string): Account {
    return (this._streams.get(stream) ?? new Stream()).account;
  }

  async send(request: Request): Promise<Response | Failure> {
    this.requests.push(request);
    const next = this._steps.shift() ?? null;
    const step = typeof next === "function" ? next(request) : next;
    if (step !== null && step !== "lostAnswer") return step;
    const answer = this._serve(request);
    return step === null ? answer : { status: 0, kind: "reset" };
  }

  private _serve({ stream, body }: Request): Response {
    if (body === null) return this._answer(stream, { known: this._streams.has(stream) });
    const envelope = JSON.parse(body) as Json;
    const issue = validateEnvelope(envelope);
    return issue === null ? this._take(envelope) : problem(400, issue.code);
  }

  private _take(envelope: Json): Response {
    const name = envelope.stream as string;
    const stream = this._streams.get(name) ?? new Stream();
    this._streams.set(name, stream);
    const events = envelope.events as Json[];
    const rejected = events.flatMap((event, place) => {
      const seq = (event.n as number) ?? (envelope.seq as number) + place;
      const verdict = this._keep(stream, name, seq, event, envelope);
      return verdict === null ? [] : [{ n: seq, ...verdict }];
    });
    for (const { reason, ranges } of (envelope.drops ?? []) as { reason: string; ranges: Ranges }[]) {
      stream.account = stream.account.drop(reason, normalise(ranges));
    }
    stream.ledger = stream.ledger
      .settle(stream.account.settled())
      .announce(envelope.hwm as number, envelope.fin === true);
    return this._answer(name, { received: events.length, rejected });
  }

  private _keep(stream: Stream, name: string, seq: number, event: Json, envelope: Json): Json | null {
    const { n: _, ...content } = event;
    const digest = canonicalText(content);
    if (contains(stream.account.stored, seq)) {
      return stream.digests.get(seq) === digest ? null : { code: "conflict" };
    }
    const issue = validateEvent(event);
    if (issue !== null) {
      stream.account = stream.account.reject(issue.code, [[seq, seq]]);
      return { code: issue.code, path: issue.path, limit: issue.limit };
    }
    stream.account = stream.account.store([[seq, seq]]);
    stream.digests.set(seq, digest);
    this._stored.push(recorded(eventId(name, seq), event, envelope));
    return null;
  }

  private _answer(name: string, body: Json): Response {
    const { ledger, account } = this._streams.get(name) ?? new Stream();
    const ack = { upto: ledger.upto, settled: ledger.settled, durability: "committed" };
    const text = JSON.stringify({ v: 1, stream: name, ack, stored: count(account.stored), ...body, now: 0 });
    return { status: 200, proof: formatAck(name, ledger.upto), wait: null, body: text };
  }
}

/** Return an error as a collector writes it (TM-ERR-01). */
export function problem(status: number, code: string, fields: Json = {}): Response {
  return { status, proof: null, wait: null, body: JSON.stringify({ status, code, ...fields }) };
}

/**
 * Return the last stored event of a name that has these properties (perhaps among others) and this
 * user; `times` = exactly that many match. Throws with what was stored instead.
 */
export function assertTracked(
  transport: MemoryTransport,
  name: string,
  properties: Json = {},
  { user, times }: { readonly user?: string; readonly times?: number } = {},
): Recorded {
  const same = (event: Recorded): boolean =>
    (user === undefined || event.user === user) &&
    Object.entries(properties).every(
      ([key, value]) => JSON.stringify(event.properties[key]) === JSON.stringify(value),
    );
  const matching = transport.recorded(name).filter(same);
  if (matching.length === 0 || (times !== undefined && times !== matching.length)) {
    const seen = transport.recorded().map((event) => [event.name, event.user, event.properties]);
    throw new Error(
      `${JSON.stringify([name, user, properties])} was stored ${matching.length} times; stored were ${JSON.stringify(seen)}`,
    );
  }
  return matching[matching.length - 1];
}

function recorded(id: string, event: Json, { ctx }: Json): Recorded {
  return {
    id,
    kind: (event.k as string) ?? "track",
    name: (event.e as string) ?? null,
    properties: (event.p as Json) ?? {},
    user: (event.u as string) ?? null,
    device: (event.d as string) ?? null,
    groups: (event.g as Json) ?? {},
    timeMs: event.t as number,
    context: (ctx as Json) ?? {},
    raw: event,
  };
}
