/** Time correction: from the time a client wrote to the time a report uses. */

import { IMPORT_EPOCH_MS, MAX_AGE_MS, MAX_FUTURE_MS, SKEW_TOLERANCE_MS } from "./_generated/limits.js";

/** Return the corrected time in ms since 1970, or the verdict code that refuses it (TM-CLK-02). */
export function correct(
  t: number | null,
  sentAt: number | null,
  receivedAt: number,
  clock = "anchored",
  imported = false,
): number | string {
  if (t === null) return receivedAt;
  const ts = imported ? t : unskewed(t, sentAt, receivedAt, clock);
  if (ts > receivedAt) return ts - receivedAt <= MAX_FUTURE_MS ? receivedAt : "bad_time";
  const oldest = imported ? IMPORT_EPOCH_MS : Math.max(0, receivedAt - MAX_AGE_MS);
  return ts >= oldest ? ts : "too_old";
}

/** Return how far the client's clock is ahead, in ms; 0 within the tolerance (TM-CLK-02). */
export function skew(sentAt: number | null, receivedAt: number): number {
  const ahead = sentAt === null ? 0 : sentAt - receivedAt;
  return Math.abs(ahead) <= SKEW_TOLERANCE_MS ? 0 : ahead;
}

function unskewed(t: number, sentAt: number | null, receivedAt: number, clock: string): number {
  if (clock !== "none") return t - skew(sentAt, receivedAt);
  // Without a send time an uptime says nothing about the day: the arrival is the best estimate.
  return sentAt === null ? receivedAt : receivedAt - (sentAt - t);
}
