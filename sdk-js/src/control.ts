/** The control block of an answer: values out of bounds are ignored (TM-CTL-01); pure. */

const DEFAULT_TTL_S = 3_600;
const MAX_TTL_S = 86_400;
const MAX_PAUSE_MS = 3_600_000;

/** What the collector asks of a client until `until` (steady ms); null = not asked. */
export interface Control {
  readonly until: number;
  readonly pauseMs: number;
  readonly flushMs: number | null;
  readonly maxBatch: number | null;
  /** The block itself, for what only some platforms obey. */
  readonly block: { readonly [field: string]: unknown };
}

export const NO_CONTROL: Control = { until: 0, pauseMs: 0, flushMs: null, maxBatch: null, block: {} };

/** Return the block's good values; null if there is no block. */
export function readControl(block: unknown, now: number): Control | null {
  if (typeof block !== "object" || block === null) return null;
  const given = block as Record<string, unknown>;
  const ttlS = within(given.ttl_s, 1, MAX_TTL_S) ?? DEFAULT_TTL_S;
  return {
    until: now + ttlS * 1_000,
    pauseMs: within(given.pause_ms, 0, MAX_PAUSE_MS) ?? 0,
    flushMs: within(given.flush_ms, 100, 600_000),
    maxBatch: within(given.max_batch, 1, 2_000),
    block: given,
  };
}

function within(value: unknown, low: number, high: number): number | null {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high
    ? (value as number)
    : null;
}
