/** Time that cannot jump (TM-CLK-01): one wall anchor, monotonic time added to it. */

import { UsageError } from "./errors.js";

/** The wall time for events and a steady time for delays, both in whole ms. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Milliseconds that never go back; their zero means nothing. */
  steady(): number;
  /** Call a function after so many ms; what is returned takes that back. */
  after(ms: number, call: () => void): () => void;
}

/** Numbers below this are seconds (until the year 5138), others milliseconds since 1970. */
const SECONDS_BELOW = 100_000_000_000;
/** Longer delays than this overflow the platform's timers. */
const LONGEST_MS = 2_147_483_647;

/** Adds monotonic time to one wall anchor. */
export class AnchoredClock implements Clock {
  private readonly _offset = Date.now() - performance.now();

  now(): number {
    return Math.floor(performance.now() + this._offset);
  }

  steady(): number {
    return Math.floor(performance.now());
  }

  after(ms: number, call: () => void): () => void {
    // One ms more: timers may fire a fraction too early, and would then be set again and again.
    const timer = setTimeout(call, Math.min(Math.max(0, ms) + 1, LONGEST_MS));
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  }
}

/** Convert what a caller may pass as `time` (a Date, seconds, ms) to ms since 1970 UTC. */
export function instantMs(moment: unknown): number {
  const value = moment instanceof Date ? moment.getTime() : moment;
  if (typeof value !== "number" || !(Math.abs(value) < 2 ** 53)) {
    throw new UsageError(`time: ${String(moment)} given; pass a Date, seconds or milliseconds since 1970`);
  }
  const seconds = value === moment && Math.abs(value) < SECONDS_BELOW;
  return Math.round(seconds ? value * 1_000 : value);
}
