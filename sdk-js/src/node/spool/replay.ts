/** The state of a stream, rebuilt from its segments. */

import type { Drops } from "../../batch.js";
import { normalise, type Ranges, subtract, union } from "../../ranges.js";
import {
  CONTEXT,
  decodeDropped,
  decodeNumber,
  decodeRanges,
  DROPPED,
  DROPS_ACKED,
  EVENT,
  FIN,
  MalformedRecord,
  PURGE,
  SETTLED,
} from "./records.js";
import { scan } from "./scan.js";

const LOST = "storage_error";

/** An event that is still to be delivered, and the segment it lies in. */
export interface Kept {
  readonly seq: number;
  readonly event: string;
  readonly segment: number;
}

/**
 * Folds segments, oldest first, into what they leave to be done. Numbers accumulate, so records of
 * one segment may be repeated in a later one (TM-SPL-20).
 */
export class Replay {
  assigned = 0;
  context = "{}";
  fin = false;
  /** Stretches of bytes that were no record. */
  damaged = 0;
  /** Segments below this number hold erased events: their files must go. */
  voidBefore: number | null = null;
  settled: Ranges = [];
  acked: Ranges = [];
  private _drops: { [reason: string]: Ranges } = {};
  private readonly _events = new Map<number, Kept>();
  private _tail = 0;
  private _segment = 0;

  /** Fold one segment in. */
  read(segment: number, data: Buffer): void {
    this._segment = segment;
    for (const found of scan(data)) {
      if (found.kind === null) {
        this._damage(found.event);
        continue;
      }
      try {
        this._fold(found.kind, found.payload);
      } catch (error) {
        if (!(error instanceof MalformedRecord)) throw error;
        this._damage(found.kind === EVENT);
      }
    }
  }

  /**
   * Return the events still to be delivered, in order of number. A number that was assigned but is
   * nowhere to be found was lost to the storage: it is declared, and so is each damaged record behind
   * the last good event (TM-SPL-22).
   */
  finish(): Kept[] {
    if (!this.fin) this.assigned += this._tail;
    this._tail = 0;
    const held = normalise([...this._events.keys()].map((seq) => [seq, seq]));
    if (this.assigned > 0) this._drop(LOST, subtract([[1, this.assigned]], held));
    const ended = this._ended();
    const open = subtract(held, ended);
    return open.flatMap(([low, high]) => {
      const kept: Kept[] = [];
      for (let seq = low; seq <= high; seq += 1) kept.push(this._events.get(seq)!);
      return kept;
    });
  }

  /** The losses to tell, by reason. */
  get drops(): Drops {
    const left = Object.entries(this._drops).map(
      ([reason, ranges]) => [reason, subtract(subtract(ranges, this.settled), this.acked)] as const,
    );
    return Object.fromEntries(left.filter(([, ranges]) => ranges.length > 0));
  }

  private _ended(): Ranges {
    return normalise([...this.settled, ...this.acked, ...Object.values(this._drops).flat()]);
  }

  private _damage(event: boolean): void {
    this.damaged += 1;
    if (event) this._tail += 1;
  }

  private _fold(kind: number, payload: Buffer): void {
    if (kind === EVENT) {
      const seq = decodeNumber(payload);
      // Of two records with one number, the later one is what the process knew of.
      this._events.set(seq, { seq, event: payload.subarray(8).toString(), segment: this._segment });
      this._assign(seq);
    } else if (kind === SETTLED) this.settled = union(this.settled, this._known(decodeRanges(payload)));
    else if (kind === DROPPED) this._drop(...decodeDropped(payload));
    else if (kind === DROPS_ACKED) this.acked = union(this.acked, this._known(decodeRanges(payload)));
    else if (kind === CONTEXT) this.context = payload.toString();
    else if (kind === PURGE) this._purge(payload);
    else if (kind === FIN) {
      this._assign(decodeNumber(payload));
      this.fin = true;
    }
  }

  private _purge(payload: Buffer): void {
    this._drop(...decodeDropped(payload));
    this._events.clear();
    this.voidBefore = this._segment;
  }

  private _drop(reason: string, ranges: Ranges): void {
    // The first reason of a number stays; a loss of what is known as settled is void.
    const fresh = subtract(this._known(ranges), this._ended());
    if (fresh.length > 0) this._drops[reason] = union(this._drops[reason] ?? [], fresh);
  }

  private _known(ranges: Ranges): Ranges {
    const some = ranges.filter(([, high]) => high > 0).map(([low, high]) => [Math.max(1, low), high] as const);
    if (some.length > 0) this._assign(some[some.length - 1][1]);
    return normalise(some);
  }

  private _assign(seq: number): void {
    if (seq <= this.assigned) return;
    this.assigned = seq;
    this._tail = 0;
  }
}
