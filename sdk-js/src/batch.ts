/** Batches: encoded events joined to a request body without encoding them again; pure. */

import { MAX_DROP_RANGES, MAX_DROPS } from "./_generated/limits.js";
import { normalise, type Ranges } from "./ranges.js";

/** One event: its number, its JSON, and the bytes of that in UTF-8. */
export type Entry = readonly [seq: number, event: string, bytes: number];

/** Losses by reason (TM-LED-03). */
export type Drops = { readonly [reason: string]: Ranges };

/** One request body, and what was put into it. The body never changes (TM-HDR-01). */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly drops: Drops;
  readonly hwm: number;
  readonly fin: boolean;
  readonly body: string;
  readonly bytes: number;
}

/** What a batch says beside its events. */
export interface Envelope {
  readonly stream: string;
  readonly hwm: number;
  readonly t0: number;
  readonly context: string;
  readonly drops: Drops;
  readonly fin: boolean;
  readonly clock: string;
}

/** Return the batch of these events, in this order; it may be empty (drops or `fin` only). */
export function cut(envelope: Envelope, entries: readonly Entry[]): Batch {
  const { stream, hwm, t0, context, fin, clock } = envelope;
  const drops = reportable(envelope.drops);
  const seq = entries.length > 0 ? entries[0][0] : hwm + 1;
  const head = JSON.stringify({
    v: 1,
    stream,
    seq,
    hwm,
    fin: fin || undefined,
    t0,
    clock: clock === "anchored" ? undefined : clock,
  });
  const report = Object.entries(drops).map(([reason, ranges]) => ({ reason, ranges }));
  const body = `${head.slice(0, -1)}${context === "{}" ? "" : `,"ctx":${context}`},"events":[${numbered(seq, entries)}]${
    report.length > 0 ? `,"drops":${JSON.stringify(report)}` : ""
  }}`;
  const bytes = weight(entries);
  return { entries, drops, hwm, fin, body, bytes };
}

function numbered(first: number, entries: readonly Entry[]): string {
  // An event's number follows from its place; after a gap it has to be written (field `n`).
  return entries
    .map(([seq, event], place) => (seq === first + place ? event : `{"n":${seq},${event.slice(1)}`))
    .join();
}

function reportable(drops: Drops): Drops {
  // What is left out stays declared and goes with a later batch.
  return Object.fromEntries(
    Object.entries(drops)
      .slice(0, MAX_DROPS)
      .map(([reason, ranges]) => [reason, ranges.slice(0, MAX_DROP_RANGES)]),
  );
}

/** Return the numbers of events as ranges. */
export function seqs(entries: readonly Entry[]): Ranges {
  return normalise(entries.map(([seq]) => [seq, seq]));
}

/** Return the bytes of events. */
export function weight(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entry[2], 0);
}
