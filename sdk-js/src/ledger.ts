/** The ledger of a stream: what was assigned, what is settled, what is missing. */

import * as sets from "./ranges.js";
import { EMPTY, type Ranges } from "./ranges.js";

type Classes = { readonly [name: string]: Ranges };

/**
 * One stream as a collector sees it (TM-LED-05, TM-LED-08).
 *
 * All of 1..upto is settled; `settled` holds what is settled above it. `hwm` is the highest
 * number known to be assigned; after `fin` no higher one will be.
 */
export class Ledger {
  constructor(
    readonly upto: number = 0,
    readonly settled: Ranges = EMPTY,
    readonly hwm: number = 0,
    readonly fin: boolean = false,
  ) {}

  /** Return the ledger after these numbers reached an end (stored, rejected or dropped). */
  settle(ranges: Ranges): Ledger {
    const merged = [...sets.union(this.settled, sets.normalise(ranges))];
    let upto = this.upto;
    while (merged.length > 0 && merged[0][0] <= upto + 1) upto = Math.max(upto, merged.shift()![1]);
    const highest = merged.length > 0 ? merged[merged.length - 1][1] : upto;
    return new Ledger(upto, merged, Math.max(this.hwm, highest), this.fin);
  }

  /** Return the ledger after the producer said how far it has assigned. */
  announce(hwm: number, fin = false): Ledger {
    return new Ledger(this.upto, this.settled, Math.max(this.hwm, hwm), this.fin || fin);
  }

  /** Return every settled number, those up to `upto` included. */
  allSettled(): Ranges {
    return sets.union(this.upto > 0 ? [[1, this.upto]] : EMPTY, this.settled);
  }

  /** Return the assigned numbers nothing is known about yet. */
  unaccounted(): Ranges {
    return this.open(this.hwm > 0 ? [[1, this.hwm]] : EMPTY);
  }

  /** Return the part of the ranges that is not settled yet. */
  open(ranges: Ranges): Ranges {
    return sets.subtract(ranges, this.allSettled());
  }

  /** Say whether that number is settled. */
  isSettled(seq: number): boolean {
    return (seq >= 1 && seq <= this.upto) || sets.contains(this.settled, seq);
  }
}

/**
 * The end each number of a stream came to, disjoint by precedence (TM-LED-02).
 *
 * Stored beats rejected beats dropped, whatever the order in which they become known. Between two
 * codes, or two reasons, the first known stays.
 */
export class Account {
  constructor(
    readonly stored: Ranges = EMPTY,
    readonly rejected: Classes = {},
    readonly dropped: Classes = {},
  ) {}

  /** Return the account after these numbers were stored, which voids their other ends. */
  store(ranges: Ranges): Account {
    return new Account(
      sets.union(this.stored, ranges),
      without(this.rejected, ranges),
      without(this.dropped, ranges),
    );
  }

  /** Return the account after a verdict; drops of these numbers are void. */
  reject(code: string, ranges: Ranges): Account {
    const fresh = sets.subtract(ranges, sets.union(this.stored, all(this.rejected)));
    return new Account(this.stored, extended(this.rejected, code, fresh), without(this.dropped, fresh));
  }

  /** Return the account after a declared loss; it counts only where nothing is known yet. */
  drop(reason: string, ranges: Ranges): Account {
    const fresh = sets.subtract(ranges, this.settled());
    return new Account(this.stored, this.rejected, extended(this.dropped, reason, fresh));
  }

  /** Return every number that came to an end. */
  settled(): Ranges {
    return sets.union(this.stored, sets.union(all(this.rejected), all(this.dropped)));
  }
}

function all(classes: Classes): Ranges {
  return sets.normalise(Object.values(classes).flat());
}

function extended(classes: Classes, name: string, ranges: Ranges): Classes {
  if (ranges.length === 0) return classes;
  const held = Object.entries(classes).find(([known]) => known === name)?.[1] ?? EMPTY;
  return { ...classes, [name]: sets.union(held, ranges) };
}

function without(classes: Classes, ranges: Ranges): Classes {
  const kept = Object.entries(classes).map(([name, held]) => [name, sets.subtract(held, ranges)] as const);
  return Object.fromEntries(kept.filter(([, held]) => held.length > 0));
}
