/**
 * What the collector asks to leave out (TM-CTL-01, TM-CTL-02): events of some names, and whole people.
 *
 * Only in servers: a page would have to carry SHA-256 for it.
 */

import { sampled } from "../bucket.js";
import type { Control } from "../control.js";
import type { EventFields } from "../options.js";

/** Kinds that sampling is about: what changes people and groups is always kept. */
const SAMPLED = ["track", "page", "screen"];
const LOWEST_RATE = 0.001;
const MOST_NAMES = 100;

/** Say whether this person's event is wanted; a kept one gets its weight, `sr`. */
export function keep({ block }: Control, kind: string, event: EventFields): boolean {
  if (!SAMPLED.includes(kind)) return true;
  const name = kind === "track" ? event.e : `$${kind}`;
  const { sample, disable_events: disabled } = block;
  if (Array.isArray(disabled) && disabled.length <= MOST_NAMES && disabled.includes(name)) return false;
  const rates = (sample ?? {}) as { readonly default?: unknown; readonly by_event?: { readonly [name: string]: unknown } | null };
  const named = Object.entries(rates.by_event ?? {}).find(([own]) => own === name);
  const rate = within(named?.[1]) ?? within(rates.default) ?? 1;
  const unit = event.d ?? event.u;
  if (rate === 1 || typeof unit !== "string") return true;
  event.sr = rate;
  return sampled(unit, rate);
}

function within(rate: unknown): number | null {
  return typeof rate === "number" && rate >= LOWEST_RATE && rate <= 1 ? rate : null;
}
