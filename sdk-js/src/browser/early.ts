/**
 * What a page loads first: it numbers events, keeps them safe, and sends them while all goes well.
 *
 * An answer that is not the plain one, a loss, another stream, streams that dead pages left: with the
 * first of these the rest of the client (`whole`) is fetched and takes over, with every event and
 * every request that is under way. Until it is there, events wait in storage.
 */

import { MAX_UNLOAD } from "../_generated/limits.js";
import { cut, type Entry } from "../batch.js";
import type { Recording } from "../calls.js";
import { change, type ConsentState, type Mode, modeOf, type Purposes, wire } from "../consent.js";
import type { Scope } from "../context.js";
import { build, encodeEvent, eventName, type Properties, type Stated } from "../event.js";
import { uuid7 } from "../eventId.js";
import type { EventFields } from "../options.js";
import type { Ref, Stats } from "../results.js";
import { size } from "../sanitize.js";
import { AnchoredClock, instantMs } from "../steady.js";
import { VERSION } from "../version.js";
import { openDatabase, span, streams, write } from "./database.js";
import type { Whole } from "./handed.js";
import { Lane, plain } from "./lane.js";
import { hold } from "./locks.js";
import { load, names, save } from "./storage.js";
import { FetchTransport } from "./transport.js";
import { Visitor } from "./visitor.js";

/** The defaults of the whole client. */
const FLUSH_AT = 200;
const FLUSH_MS = 5_000;
const TIMEOUT_MS = 10_000;
/** How long after its start, and then how often, a page looks for what dead ones left. */
const LOOK_MS = [500, 60_000];

/** Records a page's events until the whole client takes over. */
export class Early implements Recording {
  readonly clock: AnchoredClock = new AnchoredClock();
  private readonly _transport: FetchTransport;
  private readonly _database = openDatabase();
  private readonly _visitor = new Visitor();
  private readonly _gpc = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
  private _db: IDBDatabase | null = null;
  private _consent: ConsentState;
  private _mode: Mode = "hold";
  private _lanes: Lane[] = [];
  private _woken = false;
  private _stopTimer: (() => void) | null = null;
  private _busy = false;
  private _leaving = 0;
  private _whole: Recording | null = null;
  private _needed = false;
  private _closed = false;
  private _failures = 0;
  private _waiting: ((whole: Recording) => void)[] = [];
  private _assigned = 0;
  private _stored = 0;
  private _refused = 0;
  private _sanitized = 0;
  private _requests = 0;
  private readonly _dropped: { [reason: string]: number } = {};

  /** `fetchWhole(attempt)` fetches the rest; `taken` gets it in this one's place. */
  constructor(
    private readonly _key: string,
    url: string,
    analytics: string | undefined,
    private readonly _fetchWhole: (attempt: number) => Promise<{ readonly whole: Whole }>,
    private readonly _taken: (whole: Recording) => void,
  ) {
    this._transport = new FetchTransport({ key: _key, url }, this.clock);
    const none = { analytics: null, ads: null, personalization: null };
    this._consent = change(none, { analytics } as Purposes, this._gpc);
    this._begin();
    void this._database.then((db) => {
      this._db = db;
      // The page in which consent was withdrawn was gone before the database was empty.
      if (load(this._purging)) this._empty();
      this._wake();
    });
    setTimeout(this._look, LOOK_MS[0]);
    this._listen(document, "visibilitychange", () => document.visibilityState === "hidden" && this._leave());
    this._listen(globalThis, "pagehide", () => {
      this._leave();
      for (const { unlock } of this._lanes) unlock();
    });
    // Back from where the browser kept it: another page may have taken over what it had left.
    this._listen(globalThis, "pageshow", (event) => (event as PageTransitionEvent).persisted && this._begin());
    this._listen(globalThis, "online", () => this._needed && this._fetch());
  }

  private _listen(target: EventTarget, name: string, call: (event: Event) => void): void {
    target.addEventListener(name, (event) => this._whole || call(event));
  }

  name(given: unknown): string {
    const name = eventName(given);
    if (name !== given) this._say(`name: ${String(given).slice(0, 80)} was sent as ${name.slice(0, 80)}`);
    return name;
  }

  submit(kind: string, stated: Stated, scope: Scope, fields: EventFields, properties?: Properties): Ref | null {
    const now = this.clock.now();
    if (this._mode === "refuse") {
      this._refused += 1;
      return null;
    }
    if (this._lane.context && this._visitor.turn(now)) this._begin();
    const t = stated.time === undefined ? now : instantMs(stated.time);
    const encoded = encodeEvent(build(kind, t, scope, stated, fields, properties));
    this._wake();
    if (typeof encoded === "string") return this._lose(encoded);
    const lane = this._lane;
    if (!lane.append(encoded.text, size(encoded.text))) return this._lose("queue_overflow");
    if (encoded.lossy) this._sanitized += 1;
    return { stream: lane.stream, seq: lane.assigned };
  }

  failed(method: string, error: unknown, usage: boolean): void {
    this._say(`${method}: ${String(error)}`);
    if (usage) this._refused += 1;
    else if (this._mode !== "refuse") this._lose("sdk_error");
  }

  consent(given: Purposes): void {
    const state = change(this._consent, given, this._gpc);
    if (this._closed || JSON.stringify(state) === JSON.stringify(this._consent)) return;
    this._seal();
    this._consent = state;
    if (state.analytics === "granted") for (const lane of this._lanes) lane.held = false;
    this._begin();
  }

  reset(purge: boolean): void {
    if (this._closed) return;
    this._seal();
    if (purge) this._purge("reset");
    this._visitor.forget();
    this._begin();
  }

  flush(timeoutMs: number): Promise<boolean> {
    return this._ask(timeoutMs, (whole) => whole.flush(timeoutMs));
  }

  close(timeoutMs: number): Promise<boolean> {
    this._closed = true;
    this._mode = "refuse";
    return this._ask(timeoutMs, (whole) => whole.close(timeoutMs));
  }

  stats(): Stats {
    const none = { assigned: 0, stored: 0, rejected: {}, dropped: {}, pending: 0 };
    const sum = (of: (lane: Lane) => number): number => this._lanes.reduce((all, lane) => all + of(lane), 0);
    return {
      ...none,
      assigned: this._assigned + sum(({ assigned }) => assigned),
      stored: this._stored,
      dropped: { ...this._dropped },
      pending: sum(({ kept }) => kept.size),
      stream: this._mode === "refuse" ? "" : this._lane.stream,
      inFlight: sum(({ made }) => made.length),
      sanitized: this._sanitized,
      refused: this._refused,
      requests: this._requests,
      failures: 0,
      trouble: null,
      spool: this._location,
      note: null,
      disabled: false,
      recovered: none,
    };
  }

  private get _lane(): Lane {
    return this._lanes[this._lanes.length - 1];
  }

  private get _location(): string | null {
    if (this._db) return "indexeddb";
    return save("tm:", "") && save("tm:", null) ? "localstorage" : null;
  }

  private get _purging(): string {
    return `tm-purge:${this._key}`;
  }

  private _name(stream: string): string {
    return `tm:${this._key}:${stream}`;
  }

  private _say(message: string): void {
    console.warn(`tallymark: ${message}`);
  }

  private _lose(reason: string): Ref {
    const lane = this._lane;
    lane.lose(reason);
    this._dropped[reason] = (this._dropped[reason] ?? 0) + 1;
    this._need();
    return { stream: lane.stream, seq: lane.assigned };
  }

  /** Begin another stream: this one is over, and the rest of the client says so. */
  private _begin(): void {
    if (this._closed) return;
    this._mode = modeOf(this._consent, "hold");
    if (this._mode === "refuse") {
      this._purge("consent_withdrawn");
      this._visitor.forget();
      return;
    }
    const held = this._mode === "hold";
    const stream = uuid7(this.clock.now(), crypto.getRandomValues(new Uint8Array(10)));
    this._seal();
    if (this._lanes.length > 0) this._need();
    const name = this._name(stream);
    this._lanes.push(new Lane(stream, this._key, name, held, held ? () => {} : hold(name)));
    this._wake();
  }

  /** Say what all events of the current stream share: not in the first call, storage is slow at first. */
  private _seal(): void {
    const lane = this._lane;
    if (!lane || lane.context) return;
    lane.context = JSON.stringify({
      lib: { name: "tallymark-js", version: VERSION },
      ...this._visitor.ids(this.clock.now(), !lane.held),
      locale: navigator.language,
      consent: wire(this._consent),
      gpc: this._gpc || undefined,
    });
  }

  /** Erase everything that is pending, in storage too (TM-CON-01). */
  private _purge(reason: string): void {
    for (const { assigned, kept } of this._lanes) {
      this._assigned += assigned;
      this._dropped[reason] = (this._dropped[reason] ?? 0) + kept.size;
    }
    this._lanes = [];
    for (const name of names(this._name(""))) save(name, null);
    save(this._purging, "1");
    this._empty();
  }

  private _empty(): void {
    const done = (): boolean => save(this._purging, null);
    if (this._db) write(this._db, [], span(this._key), false, done);
  }

  /** Fetch the rest if dead pages left something. */
  private readonly _look = async (): Promise<void> => {
    if (this._needed) return;
    setTimeout(this._look, LOOK_MS[1]);
    const db = await this._database;
    const prefix = this._name("");
    const found = names(prefix).map((name) => name.slice(prefix.length));
    if (db) found.push(...(await streams(db, this._key)));
    if (this._mode === "record" && found.some((one) => this._lanes.every(({ stream }) => stream !== one))) this._need();
  };

  private _wake(): void {
    if (this._woken || this._whole) return;
    this._woken = true;
    // Once at the end of the running task, however many calls it makes.
    queueMicrotask(() => {
      this._woken = false;
      this._write();
      const full = this._lanes.some(({ kept }) => kept.size >= FLUSH_AT);
      if (full) this._stopTimer?.();
      // A task of its own: the page's is long enough.
      if (full || !this._stopTimer) this._stopTimer = this.clock.after(full ? 0 : FLUSH_MS, this._flush);
    });
  }

  private _write(): void {
    this._seal();
    for (const lane of this._lanes) lane.write(this._db);
  }

  private readonly _flush = (): void => {
    this._stopTimer?.();
    this._stopTimer = null;
    for (const lane of this._lanes) {
      const entries = lane.oldest();
      if (this._busy || this._needed || lane.held || entries.length === 0) continue;
      this._busy = true;
      this._post(lane, entries, false);
    }
  };

  private _post(lane: Lane, entries: Entry[], leaving: boolean): void {
    const { stream, assigned: hwm, context } = lane;
    const where = `${context.slice(0, -1)},"spool":"${this._location ?? "memory"}"}`;
    const batch = cut({ stream, hwm, t0: this.clock.now(), context: where, drops: {}, fin: false, clock: "anchored" }, entries);
    const { body } = batch;
    const came = this._transport.send({ stream, body, attempt: 1, identity: false, timeoutMs: TIMEOUT_MS, leaving });
    const made = { batch, leaving, came };
    lane.made.push(made);
    this._requests += 1;
    if (leaving) this._leaving += size(body);
    void came.then((answer) => {
      if (leaving) this._leaving -= size(body);
      else this._busy = false;
      // What the whole client has taken over it reads itself; what was erased nobody does.
      if (this._whole || !this._lanes.includes(lane)) return;
      const last = entries[entries.length - 1][0];
      if (!plain(answer, stream, last)) return this._need();
      lane.made = lane.made.filter((other) => other !== made);
      this._stored += lane.release(last, this._db);
      this._wake();
    });
  }

  /** The page is being left: store what is pending, send what fits (TM-WEB-01, TM-WEB-02). */
  private _leave(): void {
    this._write();
    for (const lane of this._lanes) {
      if (lane.held || lane.empty) continue;
      lane.save();
      // What was refused or not answered is not sent at once again.
      if (this._needed && lane.made.length > 0) continue;
      const fit = lane.newest(MAX_UNLOAD - this._leaving);
      if (fit.length > 0) this._post(lane, fit, true);
    }
  }

  private _ask(timeoutMs: number, call: (whole: Recording) => Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      this._waiting.push((whole) => resolve(call(whole)));
      this.clock.after(timeoutMs, () => resolve(false));
      this._need();
    });
  }

  private _need(): void {
    if (this._needed) return;
    this._needed = true;
    this._fetch();
  }

  private _fetch(): void {
    this._fetchWhole(this._failures).then(
      ({ whole }) => this._whole || this._take(whole),
      () => {
        this._failures += 1;
        setTimeout(() => this._fetch(), Math.min(60_000, 500 * 2 ** this._failures));
      },
    );
  }

  private _take(whole: Whole): void {
    this._write();
    const taken = whole({
      version: VERSION,
      key: this._key,
      lanes: this._lanes,
      ids: this._visitor.known,
      consent: this._consent,
      gpc: this._gpc,
      clock: this.clock,
      transport: this._transport,
      database: this._database,
      assigned: this._assigned,
      stored: this._stored,
      dropped: this._dropped,
      refused: this._refused,
      sanitized: this._sanitized,
      requests: this._requests,
    });
    if (!taken) return;
    this._whole = taken;
    this._lanes = [];
    this._stopTimer?.();
    this._taken(taken);
    for (const call of this._waiting) call(taken);
  }
}
