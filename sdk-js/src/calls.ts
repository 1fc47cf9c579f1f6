/** What a program calls. Calls never throw and never wait for a network. */

import type { Purposes } from "./consent.js";
import { type Scope, type Scopes, scopeOf, type Surrounding, within } from "./context.js";
import { UsageError } from "./errors.js";
import { type Id, operations, type Properties, propertiesOf, required, type Stated } from "./event.js";
import type { EventFields } from "./options.js";
import type { Ref, Stats } from "./results.js";
import type { Clock } from "./steady.js";
import { Timed } from "./timed.js";

/** What `flush` and `close` wait at most unless told otherwise. */
const FLUSH_MS = 10_000;

/** Where calls go: what numbers events, keeps them and delivers them. */
export interface Recording {
  /** Return the event name to send. */
  name(given: unknown): string;
  /** Build, encode and record one event. */
  submit(kind: string, stated: Stated, scope: Scope, fields: EventFields, properties?: Properties): Ref | null;
  /** Take note of a call that threw: wrong use is no event, a fault of ours is a lost one. */
  failed(method: string, error: unknown, usage: boolean): void;
  consent(purposes: Purposes): void;
  reset(purge: boolean): void;
  flush(timeoutMs: number): Promise<boolean>;
  close(timeoutMs: number): Promise<boolean>;
  stats(): Stats;
}

/** Gives calls their arguments' shape and surroundings, and hands them on. */
export class Calls {
  private _shared: Scope = { properties: {} };

  constructor(
    protected _pipeline: Recording,
    private readonly _clock: Clock,
    private readonly _scopes: Scopes,
  ) {}

  /** Record that something happened. */
  track(name: string, properties?: Properties, stated: Stated = {}): Ref | null {
    return this._call("track", () => this._send("track", stated, { e: this._pipeline.name(name) }, properties));
  }

  /** Record that a page was seen; `$url`, `$path`, `$referrer`, `$title` are known. */
  page(name?: string | null, properties?: Properties, stated: Stated = {}): Ref | null {
    return this._call("page", () => this._send("page", stated, this._name(name), properties));
  }

  /** Record that a screen of an app was seen. */
  screen(name?: string | null, properties?: Properties, stated: Stated = {}): Ref | null {
    return this._call("screen", () => this._send("screen", stated, this._name(name), properties));
  }

  /** Record that a person met a variant of a flag. */
  exposure(
    flag: string,
    variant: string,
    { rule, bucket, ...stated }: Stated & { readonly rule?: string; readonly bucket?: number } = {},
  ): Ref | null {
    return this._call("exposure", () => this._send("exposure", stated, { f: flag, var: variant, rule, bucket }));
  }

  /** Say that the device belongs to a user from now on; set the profile's properties. */
  identify(user: Id, properties?: Properties, stated: Stated = {}): Ref | null {
    return this._call("identify", () =>
      this._send("identify", { ...stated, user: required("user", user) }, { ops: setting(properties) }),
    );
  }

  /**
   * Change a profile: `{ set: { plan: "pro" }, add: { logins: 1 } }`. Operations: set, set_once,
   * add, append, union, remove, unset, delete.
   */
  profile(changes: { readonly [operation: string]: unknown }, stated: Stated = {}): Ref | null {
    return this._call("profile", () => this._send("profile", stated, { ops: operations(changes) }));
  }

  /** Set properties of a group, such as the company "acme". */
  group(kind: string, id: Id, properties?: Properties, { time }: Stated = {}): Ref | null {
    return this._call("group", () => {
      const fields = { gt: required("kind", kind), gi: required("id", id), ops: setting(properties) };
      return this._pipeline.submit("group", { time }, { properties: {} }, fields);
    });
  }

  /** Declare two user ids the same person (`undo`: no longer); needs a secret key. */
  alias(previous: Id, user: Id, { undo, time }: Stated & { readonly undo?: boolean } = {}): Ref | null {
    return this._call("alias", () => {
      const fields = { from: required("previous", previous), to: required("user", user), undo };
      return this._pipeline.submit("alias", { time }, { properties: {} }, fields);
    });
  }

  /** Return the default: flags are not built yet. Nothing is recorded or counted. */
  flag<T>(_name: string, otherwise: T): T {
    return otherwise;
  }

  /** Give every event that is recorded while the function runs these ids, groups and properties. */
  context<T>(
    { user, device, groups, ...properties }: Surrounding & { readonly [property: string]: unknown },
    call: () => T,
  ): T {
    const scopes = this._scopes;
    const inner = this._call("context", () => scopeOf({ user, device, groups }, properties));
    return inner ? scopes.run(within(scopes.get() ?? { properties: {} }, inner), call) : call();
  }

  /** Give every later event of this client these properties (super properties) and ids. */
  register(properties?: Properties | null, surrounding: Surrounding = {}): void {
    this._call("register", () => {
      this._shared = within(this._shared, scopeOf(surrounding, propertiesOf(properties)));
    });
  }

  /** Forget super properties; all of them if none is named. */
  unregister(...names: string[]): void {
    const kept = Object.entries(this._shared.properties).filter(
      ([name]) => names.length > 0 && !names.includes(name),
    );
    this._shared = { ...this._shared, properties: Object.fromEntries(kept) };
  }

  /** Measure how long something takes: `stop()` records the event with `duration_ms`. */
  timed(name: string, properties?: Properties, stated: Stated = {}): Timed {
    return new Timed((all) => this.track(name, all, stated), this._clock, properties);
  }

  /**
   * Change what may be recorded; what is not given stays (TM-CON-01). Denying analytics erases
   * everything that is pending, in storage too.
   */
  consent(purposes: Purposes): void {
    this._call("consent", () => this._pipeline.consent(purposes));
  }

  /**
   * Begin anew after a logout: ids, super properties and stream are forgotten (TM-LED-10). What is
   * pending goes out all the same, unless `purge` erases it (reason `reset`).
   */
  reset({ purge = false }: { readonly purge?: boolean } = {}): void {
    this._shared = { properties: {} };
    this._call("reset", () => this._pipeline.reset(purge));
  }

  /** Wait until everything recorded so far is settled; false if it is not, or cannot be in time. */
  flush(timeoutMs: number = FLUSH_MS): Promise<boolean> {
    return this._pipeline.flush(timeoutMs);
  }

  /** Send what is left, end the streams and stop; false if something could not be sent. */
  close(timeoutMs: number = FLUSH_MS): Promise<boolean> {
    return this._pipeline.close(timeoutMs);
  }

  /** Return what became of the events so far (TM-LED-04). */
  stats(): Stats {
    return this._pipeline.stats();
  }

  private _name(name: string | null | undefined): EventFields {
    return name === undefined || name === null ? {} : { e: this._pipeline.name(name) };
  }

  private _send(kind: string, stated: Stated, fields: EventFields, properties?: Properties): Ref | null {
    const scope = within(this._shared, this._scopes.get());
    return this._pipeline.submit(kind, stated, scope, fields, properties);
  }

  private _call<T>(method: string, call: () => T): T | null {
    try {
      return call();
    } catch (error) {
      // The program that is measured must live.
      this._pipeline.failed(method, error, error instanceof UsageError);
      return null;
    }
  }
}

function setting(properties: Properties | undefined): EventFields | undefined {
  return properties && { $set: propertiesOf(properties) };
}
