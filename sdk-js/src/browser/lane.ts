/** One stream of a page's first script: its events, where they are safe, and what goes out of them. */

import { MAX_HOLD } from "../_generated/limits.js";
import { isProof } from "../answer.js";
import type { Entry } from "../batch.js";
import type { Made } from "../recorder.js";
import type { Failure, Response } from "../transport.js";
import { span, write } from "./database.js";
import { save } from "./storage.js";

/** The defaults of the whole client. */
const MAX_EVENTS = 500;
const MAX_BATCH = 1_000_000;
const MAX_WAITING = 10_000;
const MAX_BYTES = 4 << 20;
/** What one stream may take of localStorage: characters. */
const MAX_LEFT = 500_000;

/** Keeps the events of one stream until they are stored. */
export class Lane {
  /** What its events share, as JSON; empty until it is known. */
  context = "";
  assigned = 0;
  /** Up to here its events are in the database. */
  confirmed = 0;
  fresh: Entry[] = [];
  made: Made[] = [];
  readonly kept: Map<number, Entry> = new Map();
  readonly drops: { [reason: string]: [number, number][] } = {};
  private _bytes = 0;

  /** `held` = nothing may be stored or sent; `name` is that of its lock and its place in localStorage. */
  constructor(
    readonly stream: string,
    private readonly _project: string,
    private readonly _name: string,
    public held: boolean,
    readonly unlock: () => void,
  ) {}

  /** Keep an event under the next number; false if there is no room. */
  append(event: string, bytes: number): boolean {
    if (this.kept.size >= (this.held ? MAX_HOLD : MAX_WAITING) || this._bytes + bytes > MAX_BYTES) return false;
    const entry: Entry = [++this.assigned, event, bytes];
    this.kept.set(this.assigned, entry);
    this.fresh.push(entry);
    this._bytes += bytes;
    return true;
  }

  /** Give a number to an event that is lost. */
  lose(reason: string): void {
    const seq = ++this.assigned;
    (this.drops[reason] ??= []).push([seq, seq]);
  }

  /** Nothing waits to be sent or told. */
  get empty(): boolean {
    return this.kept.size === 0 && Object.keys(this.drops).length === 0;
  }

  /** One transaction for what a task recorded. */
  write(db: IDBDatabase | null): void {
    const { stream: s, _project: d, fresh: e, assigned: h, context: c, drops: x } = this;
    if (!db || this.held || e.length === 0) return;
    this.fresh = [];
    const [n] = e[e.length - 1];
    write(db, [{ d, s, n, e }, { d, s, n: 0, c, x, h }], null, false, () => {
      this.confirmed = n;
    });
  }

  /** Everything up to this number is stored: return how many events that ends. */
  release(last: number, db: IDBDatabase | null): number {
    const before = this.kept.size;
    for (const [seq, , bytes] of [...this.kept.values()]) {
      if (seq > last) break;
      this.kept.delete(seq);
      this._bytes -= bytes;
    }
    if (this.kept.size === 0) {
      if (db) write(db, [], span(this._project, this.stream), false, () => {});
      save(this._name, null);
    }
    return before - this.kept.size;
  }

  /** Leave in localStorage what the database may not have. */
  save(): void {
    const { context: c, drops: x, assigned: h } = this;
    let e = [...this.kept.values()].filter(([seq]) => seq > this.confirmed);
    for (;;) {
      const text = JSON.stringify({ c, x, h, e });
      if ((text.length <= MAX_LEFT && save(this._name, text)) || e.length === 0) return;
      // The newest count most when the room is small; what does not fit is in the database, perhaps.
      e = e.slice(Math.ceil(e.length / 2));
    }
  }

  /** Return the oldest events that one batch takes. */
  oldest(): Entry[] {
    let room = MAX_BATCH;
    return [...this.kept.values()].slice(0, MAX_EVENTS).filter(([, , bytes]) => (room -= bytes) > 0);
  }

  /** Return the newest events that fit, but for those that left with the page already. */
  newest(budget: number): Entry[] {
    const flying = this.made.filter(({ leaving }) => leaving).flatMap(({ batch }) => batch.entries);
    // The context and what stands around the events take room, too.
    let room = budget - this.context.length * 3 - 300;
    return [...this.kept.values()]
      .reverse()
      .filter((entry) => !flying.includes(entry) && (room -= entry[2] + 24) > 0)
      .reverse();
  }
}

/** Tell whether an answer says no more than that all up to a number is stored. */
export function plain(came: Response | Failure, stream: string, last: number): boolean {
  if (!("body" in came) || came.status !== 200 || !isProof(came.proof, stream)) return false;
  try {
    const { ack, rejected, retry, control, stream: about } = JSON.parse(came.body);
    return about === stream && ack.upto >= last && !control && !rejected?.length && !retry?.length;
  } catch {
    // A truncated answer: the rest of the client knows what to do.
    return false;
  }
}
