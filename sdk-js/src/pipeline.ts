/** A client's parts, joined: calls become encoded events, events become requests. */

import type { Recording } from "./calls.js";
import { change, type ConsentState, type Mode, modeOf, type Purposes, wire } from "./consent.js";
import type { Scope, Scopes } from "./context.js";
import { UsageError } from "./errors.js";
import { build, encodeEvent, eventName, type Properties, type Stated } from "./event.js";
import { Guard } from "./guard.js";
import { Link } from "./link.js";
import type { EventFields, Settings } from "./options.js";
import type { Buffer, Buffers } from "./queue.js";
import { type Made, Recorder } from "./recorder.js";
import type { Ref, Stats } from "./results.js";
import type { Encoded } from "./sanitize.js";
import { type Clock, instantMs } from "./steady.js";
import type { Transport } from "./transport.js";
import { VERSION } from "./version.js";
import { Worker } from "./worker.js";

const DAY_MS = 86_400_000;

/** What a client is made of where it runs: a browser, Node, or a test. */
export interface Platform {
  readonly clock: Clock;
  readonly scopes: Scopes;
  readonly transport: Transport;
  readonly buffers: Buffers;
  readonly link?: Link;
  /** Why events are not kept where the options say; null = they are. */
  note(): string | null;
  log(message: string): void;
  /** Why the collector would reject an event; null = it would not. Asked by strict clients. */
  check?(event: string): string | null;
  /**
   * What all events of a stream share: nothing that tells people apart if the mode is anonymous, and
   * nothing remembered in storage unless it is record.
   */
  context(mode: Mode): EventFields;
  /** Whether the collector wants an event: one it does not is declared as sampled. */
  keep?(kind: string, event: EventFields): boolean;
  /** An event is about to be recorded: true begins another stream (a new session). */
  turn(now: number): boolean;
  /** Forget who was here: a logout, or a refusal. */
  forget(): void;
}

/** What a page's first script has begun: its streams, the last one current, and what ended before. */
export interface Resumed {
  readonly consent: ConsentState;
  readonly lanes: readonly { readonly buffer: Buffer; readonly held: boolean; readonly made: readonly Made[] }[];
  readonly assigned: number;
  readonly stored: number;
  readonly dropped: { readonly [reason: string]: number };
  readonly refused: number;
  readonly sanitized: number;
  readonly requests: number;
}

/** Builds, records and delivers the events of one client. */
export class Pipeline implements Recording {
  readonly guard: Guard;
  readonly worker: Worker;
  private readonly _recorder: Recorder;
  private _consent: ConsentState;
  private _mode: Mode = "refuse";
  private _day = 0;
  private _closed = false;
  private _disabled = false;
  private _stream: string | null;

  constructor(
    private readonly _settings: Settings,
    private readonly _platform: Platform,
    resumed: Resumed | null = null,
  ) {
    const { clock, buffers, transport } = _platform;
    const { privacy, hooks, retry, batching } = _settings;
    this.guard = new Guard(clock, hooks.strict, (message) => _platform.log(message));
    const link = _platform.link ?? new Link();
    this._recorder = new Recorder(buffers, link, clock, _settings);
    this.worker = new Worker(this._recorder, transport, retry, hooks, clock, this.guard);
    this._consent = change(privacy, {}, privacy.gpc);
    this._stream = batching.stream;
    if (resumed) this._resume(resumed);
    else this._begin();
  }

  /** Go on where others have begun. */
  private _resume({ consent, lanes, assigned, stored, dropped, ...counts }: Resumed): void {
    this._consent = consent;
    this._mode = modeOf(consent, this._settings.privacy.whenUnknown);
    Object.assign(this._recorder, counts);
    this._recorder.ended(assigned, stored, dropped);
    for (const { buffer, held, made } of lanes) {
      const lane = this._recorder.resume(buffer, held);
      for (const one of made) void this.worker.follow(this._recorder.take(lane, one), one.leaving, one.came);
    }
    this.worker.wake();
  }

  /** Take over what dead pages or processes left. */
  adopt(): void {
    if (this._closed || this._mode === "refuse" || this._mode === "hold") return;
    this._recorder.adopt(this.worker.wake);
  }

  /** Build, encode and record one event. */
  submit(
    kind: string,
    stated: Stated,
    scope: Scope,
    fields: EventFields,
    properties?: Properties,
  ): Ref | null {
    const now = this._platform.clock.now();
    if (!this._admit(now)) return null;
    const t = stated.time === undefined ? now : instantMs(stated.time);
    const event = build(kind, t, scope, stated, fields, properties);
    if (this._platform.keep?.(kind, event) === false) {
      this.worker.wake();
      return this._recorder.lose("sampled");
    }
    // Without consent no event says whose it is.
    if (this._mode === "anonymous") event.u = event.d = event.g = undefined;
    const encoded = this._encode(event);
    const issue = this.guard.strict && typeof encoded !== "string" && this._platform.check?.(encoded.text);
    if (issue) throw new UsageError(`the collector would reject this event: ${issue}`);
    this.worker.wake();
    if (typeof encoded !== "string") return this._recorder.record(encoded.text, encoded.lossy);
    this.guard.say(encoded, `an event was dropped: ${encoded}`);
    return this._recorder.lose(encoded);
  }

  /** Return the event name to send; strict: it must not need to be changed. */
  name(given: unknown): string {
    const name = eventName(given);
    if (name !== given) {
      const complaint = `name: ${String(given).slice(0, 80)} was sent as ${name.slice(0, 80)}`;
      if (this.guard.strict) throw new UsageError(complaint);
      this.guard.say("usage", complaint);
    }
    return name;
  }

  /** Take note of a call that threw: wrong use is no event, a fault of ours is a lost one. */
  failed(method: string, error: unknown, usage: boolean): void {
    if (usage && this.guard.strict) throw error;
    this.guard.say(method, `${method}: ${String(error)}`);
    if (usage) this._recorder.refused += 1;
    else this._recorder.lose("sdk_error");
  }

  /** Obey a change of consent: another stream, or none (TM-CON-01, TM-LED-10). */
  consent(given: Purposes): void {
    const state = change(this._consent, given, this._settings.privacy.gpc);
    if (this._closed || JSON.stringify(state) === JSON.stringify(this._consent)) return;
    this._consent = state;
    if (this._mode === "hold" && state.analytics === "granted") this._recorder.release();
    this._begin();
  }

  /** Begin another stream, as somebody else. */
  reset(purge: boolean): void {
    if (this._closed || this._disabled) return;
    if (purge) this._recorder.purge("reset");
    this._platform.forget();
    this._begin();
  }

  /** Begin another stream with what the context says now. */
  restart(): void {
    if (!this._closed && !this._disabled) this._begin();
  }

  /** Record nothing from now on. */
  disable(): void {
    this._disabled = true;
    this._mode = "refuse";
    this._recorder.end();
  }

  /** Wait until everything recorded so far is settled; false if it is not, or cannot be in time. */
  flush(timeoutMs: number): Promise<boolean> {
    return this.worker.flush(timeoutMs);
  }

  /** Deliver what is left and stop; a second call does nothing. */
  async close(timeoutMs: number): Promise<boolean> {
    if (this._closed) return true;
    this._closed = true;
    this._mode = "refuse";
    return this.worker.close(timeoutMs);
  }

  /** Return the ledger of this instant. */
  stats(): Stats {
    return { ...this._recorder.stats(this._platform.note()), disabled: this._disabled };
  }

  private _admit(now: number): boolean {
    if (this._mode === "refuse") {
      this._recorder.refused += 1;
      if (this._closed) this.guard.say("closed", "a call came after close(): it is not recorded");
      return false;
    }
    // So that one day's events cannot be joined with another's (TM-CON-01).
    const anotherDay = this._mode === "anonymous" && Math.floor(now / DAY_MS) !== this._day;
    if (anotherDay || (this._mode !== "anonymous" && this._platform.turn(now))) this._begin();
    return true;
  }

  /** Let the hook see a copy; what it returns is sent, null drops the event. */
  private _encode(event: EventFields): Encoded | string {
    const before = encodeEvent(event);
    const hook = this._settings.hooks.beforeSend;
    if (!hook || typeof before === "string") return before;
    const kept = this.guard.attempt("beforeSend", () => hook(JSON.parse(before.text) as EventFields));
    if (typeof kept !== "object" || kept === null) return "hook";
    const after = encodeEvent(kept);
    return typeof after === "string" ? after : { text: after.text, lossy: before.lossy || after.lossy };
  }

  private _begin(): void {
    this._mode = this._disabled ? "refuse" : modeOf(this._consent, this._settings.privacy.whenUnknown);
    if (this._mode === "refuse") {
      this._recorder.purge("consent_withdrawn");
      this._platform.forget();
      return;
    }
    this._day = Math.floor(this._platform.clock.now() / DAY_MS);
    const stream = this._stream;
    this._stream = null;
    // Imported events did not happen here, and must be the same bytes from any machine.
    const context = stream ? "{}" : this._context();
    this._recorder.begin(context, this._mode === "hold", stream);
    this.worker.wake();
  }

  private _context(): string {
    const { ip, gpc } = this._settings.privacy;
    const address = this._mode === "anonymous" ? "none" : ip;
    return JSON.stringify({
      lib: { name: "tallymark-js", version: VERSION },
      ...this._platform.context(this._mode),
      ip: address === "truncate" ? undefined : address,
      consent: wire(this._consent),
      gpc: gpc || undefined,
    });
  }
}
