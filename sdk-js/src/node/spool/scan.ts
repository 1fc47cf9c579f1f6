/** The good records of a segment, whatever happened to the bytes between them. */

import { SPOOL_VERSION } from "../../_generated/limits.js";
import { EVENT, HEADER, headerVersion, MAGIC, MARK, PREAMBLE, PURGE, readFrame } from "./records.js";

/** A good record, or (kind null) damage; `event` = what is damaged may have been one event. */
export type Found =
  | { readonly kind: number; readonly payload: Buffer }
  | { readonly kind: null; readonly event: boolean };

/**
 * Walk over a segment's records and damaged stretches in order (TM-SPL-12, TM-SPL-13).
 *
 * After damage the next mark is looked for, so one bad record costs that record only. Zeros are room
 * that was never written, not damage.
 */
export function* scan(data: Buffer): Iterable<Found> {
  let offset = PREAMBLE.length;
  while (offset < data.length) {
    const frame = readFrame(data, offset);
    if (frame) {
      yield frame;
      offset = frame.end;
      continue;
    }
    const following = data.indexOf(MARK, offset + 1);
    const end = following >= 0 ? following : data.length;
    const damaged = data.subarray(offset, end);
    if (damaged.some((byte) => byte !== 0)) yield { kind: null, event: mayBeEvent(damaged) };
    offset = end;
  }
}

/**
 * Return the format version of a segment this code cannot read; null if it can (TM-SPL-14). A
 * flipped version byte alone makes no foreign segment: the header's record says it again.
 */
export function foreignVersion(data: Buffer): number | null {
  if (data.length < PREAMBLE.length || !data.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const version = data[MAGIC.length];
  if (version === SPOOL_VERSION) return null;
  const frame = readFrame(data, PREAMBLE.length);
  if (frame?.kind === HEADER && frame.payload.length >= 2) {
    try {
      if (headerVersion(frame.payload) === SPOOL_VERSION) return null;
    } catch {
      // No header as version 1 has it: foreign.
    }
  }
  return version;
}

/** Judge by the type byte: only one that names another type, and is right, is no event. */
function mayBeEvent(damaged: Buffer): boolean {
  const kind = damaged.length > MARK.length ? damaged[MARK.length] : EVENT;
  if (kind === EVENT || kind < HEADER || kind > PURGE) return true;
  const asEvent = Buffer.from(damaged);
  MARK.copy(asEvent);
  asEvent[MARK.length] = EVENT;
  return readFrame(asEvent, 0) !== null;
}
