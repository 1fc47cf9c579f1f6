/**
 * Keeps the program that is measured alive: the one place that catches everything.
 *
 * Whatever goes wrong is logged, at most once a minute and kind; wrong use is thrown instead if the
 * client is strict.
 */

import type { Clock } from "./steady.js";

const QUIET_MS = 60_000;

/** Logs a kind of trouble once a minute, with the number of repeats left out since. */
export class Guard {
  private readonly _last = new Map<string, [since: number, leftOut: number]>();

  constructor(
    private readonly _clock: Clock,
    readonly strict: boolean,
    private readonly _log: (message: string) => void,
  ) {}

  /** Log a message unless its kind was logged within the last minute. */
  say(kind: string, message: string): void {
    const now = this._clock.steady();
    const last = this._last.get(kind);
    if (last && now - last[0] < QUIET_MS) last[1] += 1;
    else {
      this._last.set(kind, [now, 0]);
      this._log(`tallymark: ${message}${last?.[1] ? ` (and ${last[1]} more of this kind)` : ""}`);
    }
  }

  /** Call a function that is not ours (a hook); undefined and a log line if it throws. */
  attempt<T>(kind: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.say(kind, `${kind} threw ${String(error)}`);
      return undefined;
    }
  }
}
