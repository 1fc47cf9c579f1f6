/** How old the events of a stream are, without keeping a time for each; pure. */

/** How finely ages are known: the limit is met to within a 64th of it. */
const STEPS = 64;

/**
 * Remembers, coarsely, when which sequence number was the highest. Times are steady ms.
 *
 * The time an event was recorded counts, not the time it is about.
 */
export class Ages {
  private readonly _marks: [seq: number, since: number][] = [];

  constructor(private readonly _maxAgeMs: number) {}

  /** Take note that numbers up to `assigned` exist at `now`. */
  note(assigned: number, now: number): void {
    const last = this._marks[this._marks.length - 1];
    if (assigned === (last ? last[0] : 0)) return;
    if (last && now - last[1] < this._maxAgeMs / STEPS) last[0] = assigned;
    else this._marks.push([assigned, now]);
  }

  /** Return the highest number that is too old, once; 0 if there is none. */
  expired(now: number): number {
    let end = 0;
    while (this.nextExpiry() <= now) end = this._marks.shift()![0];
    return end;
  }

  /** Put numbers up to `end` back: they are too old but cannot be given up right now. */
  again(end: number, now: number): void {
    this._marks.unshift([end, now - this._maxAgeMs]);
  }

  /** Return when the oldest numbers will be too old. */
  nextExpiry(): number {
    return this._marks.length > 0 ? this._marks[0][1] + this._maxAgeMs : Infinity;
  }
}
