// Bounds and defaults of the control block (TM-CTL-01). Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

/** Of a number's value, a string's bytes, an array's members. */
export const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  etag: [1, 64],
  ttl_s: [1, 86400],
  sample: [0.001, 1],
  flush_ms: [100, 600000],
  max_batch: [1, 2000],
  pause_ms: [0, 3600000],
  disable_events: [0, 100],
};
export const TTL_S_DEFAULT = 3600;
export const SAMPLE_DEFAULT = 1;
export const FLUSH_MS_DEFAULT = 5000;
export const MAX_BATCH_DEFAULT = 500;
export const PAUSE_MS_DEFAULT = 0;
