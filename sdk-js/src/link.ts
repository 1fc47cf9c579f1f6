/**
 * The way to a collector: failures, pauses, caps and the retry budget; pure.
 *
 * One link is shared by all streams of a client, since an outage meets all of them. The draws of
 * waits are injected: the shells pass random ones, tests and vectors fixed ones. Times are steady ms.
 */

import { PROBE_EVENTS } from "./_generated/limits.js";
import {
  BUDGET_PERCENT,
  BUDGET_WINDOW_MS,
  CAP_MEMORY_MS,
  PAUSE_MS,
  RETRY_AFTER_JITTER_PERCENT,
  SURFACE_AFTER,
} from "./_generated/retry.js";
import type { Answer } from "./answer.js";
import { type Control, NO_CONTROL } from "./control.js";
import { ceilingMs } from "./retry.js";

/** Extra requests per window that are always allowed: a tenth of few requests is none. */
const BUDGET_FLOOR = 30;

const TROUBLE: { readonly [action: string]: string } = {
  pause: "auth_error",
  stop: "unsupported_version",
  quota: "quota",
  intercepted: "intercepted",
  unavailable: "unavailable",
};
const AT_ONCE = "pause stop quota";

/**
 * The random part of waits: `backoff(failures)` gives ms within 0..`ceilingMs(failures)`
 * (TM-RTY-01), `spread()` the share of the jitter on top of Retry-After.
 */
export interface Draws {
  backoff(failures: number): number;
  spread(): number;
}

/** Full jitter. */
export const DRAWS: Draws = {
  backoff: (failures) => Math.random() * ceilingMs(failures),
  spread: Math.random,
};

/** Says when and in what size the next request may go out. */
export class Link {
  failures = 0;
  blockedUntil = 0;
  stopped = false;
  identity = false;
  trouble: string | null = null;
  private _last = "";
  private _inRow = 0;
  private _cap: readonly [events: number, bytes: number, until: number] = [0, 0, 0];
  private _control: Control = NO_CONTROL;
  private _requests: number[] = [];
  private _extra: number[] = [];

  constructor(private readonly _draws: Draws = DRAWS) {}

  /** Take note that the collector works. */
  answered(): void {
    this.failures = this._inRow = 0;
    this.trouble = null;
  }

  /** Take note of an answer that asks for a wait, and set the wait. */
  failed(answer: Answer, now: number): void {
    const { action } = answer;
    this.failures += 1;
    this._inRow = this._last === action ? this._inRow + 1 : 1;
    this._last = action;
    if (AT_ONCE.includes(action) || this._inRow >= SURFACE_AFTER) {
      this.trouble = TROUBLE[action] ?? this.trouble;
    }
    if (action === "stop") this.stopped = true;
    this._block(now, this._wait(answer, now));
  }

  /** Take note that the collector works but asks for some events again: not at once. */
  partly(now: number): void {
    this._block(now, this._draws.backoff(1));
  }

  /** Take note that the network is back: what failed for want of it may go now. */
  online(now: number): void {
    if (this._last === "backoff") this.blockedUntil = Math.min(this.blockedUntil, now);
  }

  /** Obey a control block (TM-CTL-01, TM-CTL-03). */
  steer(control: Control, now: number): void {
    this._control = control;
    if (control.pauseMs) this._block(now, control.pauseMs);
  }

  /** Return the control block in force: after its time the defaults hold again. */
  control(now: number): Control {
    return now < this._control.until ? this._control : NO_CONTROL;
  }

  /** Remember the size that is not too much for the collector (413). */
  cap(events: number, bytes: number, now: number): void {
    this._cap = [Math.max(1, events), Math.max(1, bytes), now + CAP_MEMORY_MS];
  }

  /** Take note that a batch of this size was taken: the cap was too low. */
  fits(events: number, bytes: number): void {
    const [capEvents, capBytes, until] = this._cap;
    this._cap = [Math.max(capEvents, events), Math.max(capBytes, bytes), until];
  }

  /** Return how many events and bytes the next batch may have, of those wished for. */
  limit(events: number, bytes: number, now: number): readonly [events: number, bytes: number] {
    const [capEvents, capBytes, until] = this._cap;
    const capped = now < until;
    return [
      Math.min(
        events,
        capped ? capEvents : events,
        this.control(now).maxBatch ?? events,
        this.probing ? PROBE_EVENTS : events,
      ),
      capped ? Math.min(bytes, capBytes) : bytes,
    ];
  }

  /** Tell whether there is an outage, so that sends are small probes (TM-RTY-04). */
  get probing(): boolean {
    return this.failures >= SURFACE_AFTER;
  }

  /** Count a request that was sent (TM-RTY-06). */
  sent(now: number, extra: boolean): void {
    this._requests.push(now);
    if (extra) this._extra.push(now);
    this._forget(now);
  }

  private _freeAt(now: number): number {
    this._forget(now);
    const allowed = Math.max(BUDGET_FLOOR, (this._requests.length * BUDGET_PERCENT) / 100);
    return this._extra.length < allowed ? now : this._extra[0] + BUDGET_WINDOW_MS;
  }

  private _forget(now: number): void {
    for (const times of [this._requests, this._extra]) {
      while (times.length > 0 && times[0] <= now - BUDGET_WINDOW_MS) times.shift();
    }
  }

  private _wait({ action, floorMs }: Answer, now: number): number {
    if (action === "pause") return PAUSE_MS;
    if (floorMs !== null && action === "quota") return floorMs;
    const wait =
      floorMs === null
        ? this._draws.backoff(this.failures)
        : floorMs + (floorMs * RETRY_AFTER_JITTER_PERCENT * this._draws.spread()) / 100;
    return Math.max(wait, this._freeAt(now) - now);
  }

  private _block(now: number, wait: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, now + Math.ceil(wait));
  }
}
