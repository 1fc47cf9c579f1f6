/** Bucketing: which of 100,000 equal parts a unit falls into, for flags and sampling. */

import { MAX_BUCKET } from "./_generated/limits.js";
import { sha256 } from "./sha256.js";

const BUCKETS = MAX_BUCKET + 1;
const SAMPLE_SEED = "sample";
const encoder: TextEncoder = new TextEncoder();

/**
 * Return the bucket 0..99,999 of a unit under a seed (TM-BKT-01).
 *
 * ((x >> 11) * 100000) >> 53 in steps that each stay exact in a double.
 */
export function bucket(seed: string, unit: string): number {
  const digest = sha256(encoder.encode(`tm1\0${seed}\0${unit}`));
  const view = new DataView(digest.buffer);
  const low = Math.floor(((view.getUint32(4) >>> 11) * BUCKETS) / 2 ** 21);
  return Math.floor((view.getUint32(0) * BUCKETS + low) / 2 ** 32);
}

/** Say whether a unit's events are kept at a sampling rate in (0, 1] (TM-CTL-02). */
export function sampled(unit: string, rate: number): boolean {
  return bucket(SAMPLE_SEED, unit) < Math.floor(rate * BUCKETS + 0.5);
}
