/** What the generated validators are made of: issues, paths, conditions on strings and numbers. */

import { DENIED_IDS } from "./_generated/denied.js";

type Json = { [key: string]: any };
type Entries = [string, any][];

const encoder: TextEncoder = new TextEncoder();

/** The first thing wrong with a value: a code of the registry, where, and the limit if any. */
export interface Issue {
  readonly code: string;
  readonly path: string;
  readonly limit: number | null;
}

/** Return the issue of the value at that key or index. */
export function found(code: string, step: string | number, limit: number | null = null): Issue {
  return { code, path: String(step), limit };
}

/** Return the issue as seen from one level higher. */
export function at(step: string | number, issue: Issue): Issue {
  if (step === "") return issue;
  return { ...issue, path: issue.path === "" ? String(step) : `${step}.${issue.path}` };
}

/** Return the first issue in the order of keys (RFC 8785), so that all languages agree. */
export function first(
  check: (o: any, ordered?: Entries) => Issue | null,
  o: Json,
  ordered: Entries | undefined,
  issue: Issue,
): Issue | null {
  if (ordered !== undefined) return issue;
  return check(o, Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Say whether the value is a JSON object. */
export function isObject(v: unknown): v is Json {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** Say whether a string can be stored: no U+0000, no lone surrogate (TM-VAL-07). */
export function isText(v: string): boolean {
  return !/[\0\ud800-\udfff]/u.test(v);
}

/** Say whether a string has no control characters either. */
export function isName(v: string): boolean {
  return !/[\0-\x1f\x7f-\x9f\ud800-\udfff]/u.test(v);
}

/** Say whether an id is on the deny list (TM-VAL-06). */
export function isDenied(v: string): boolean {
  return /^[\0-\x7f]*$/.test(v) && DENIED_IDS.has(v.replace(/^[ \t-\r]+|[ \t-\r]+$/g, "").toLowerCase());
}

/** Return the bytes of the string in UTF-8. */
export function size(v: string): number {
  return encoder.encode(v).length;
}

/** Say whether a range does not end before it starts. */
export function rangeOrdered(o: readonly number[]): boolean {
  return o[0] <= o[1];
}

/** Say whether `hwm` is at least the last event's implied number (TM-ENV-04). */
export function hwmCoversEvents(o: Json): boolean {
  return absent(o.stream) || o.hwm - o.seq >= o.events.length - 1;
}

/** Say whether losses are ranges in a stream and counts without one (TM-LED-03). */
export function dropsFitStream(o: Json): boolean {
  const field = absent(o.stream) ? "count" : "ranges";
  return ((o.drops ?? []) as Json[]).every((drop) => !absent(drop[field]));
}

/** Say whether the event has at most one of `n` and `id` (TM-EVT-02). */
export function onePlace(o: Json): boolean {
  return absent(o.n) || absent(o.id);
}

/** Say whether a flat event that names its stream has a place in it (TM-IOT-01). */
export function streamHasNumber(o: Json): boolean {
  return absent(o.stream) || !absent(o.n) || !absent(o.id);
}

/** Say whether a flat event's number belongs to a stream, named or implied (TM-IOT-01). */
export function numberHasStream(o: Json): boolean {
  return absent(o.n) || !absent(o.stream) || !absent(o.d);
}

function absent(v: unknown): boolean {
  return v === undefined || v === null;
}
