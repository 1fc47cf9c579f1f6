/** Sets of sequence numbers as sorted, disjoint, non-adjacent closed intervals. */

/** `[[1, 3], [7, 7]]` is the set {1, 2, 3, 7}. */
export type Ranges = readonly (readonly [number, number])[];

export const EMPTY: Ranges = [];

/** Bring any closed intervals into the one form every function here expects. */
export function normalise(pairs: Iterable<readonly [number, number]>): Ranges {
  const joined: [number, number][] = [];
  const sorted = [...pairs].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [low, high] of sorted) {
    if (low > high) continue;
    const last = joined[joined.length - 1];
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

/** Return the numbers in a or b. */
export function union(a: Ranges, b: Ranges): Ranges {
  if (a.length === 0) return b;
  return b.length === 0 ? a : normalise([...a, ...b]);
}

/** Return the numbers in both a and b. */
export function intersect(a: Ranges, b: Ranges): Ranges {
  const out: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const low = Math.max(a[i][0], b[j][0]);
    const high = Math.min(a[i][1], b[j][1]);
    if (low <= high) out.push([low, high]);
    if (a[i][1] < b[j][1]) i += 1;
    else j += 1;
  }
  return out;
}

/** Return the numbers in a that are not in b. */
export function subtract(a: Ranges, b: Ranges): Ranges {
  const out: [number, number][] = [];
  let j = 0;
  for (const [start, high] of a) {
    let low = start;
    while (j < b.length && b[j][1] < low) j += 1;
    for (let k = j; k < b.length && b[k][0] <= high; k += 1) {
      if (b[k][0] > low) out.push([low, b[k][0] - 1]);
      low = b[k][1] + 1;
    }
    if (low <= high) out.push([low, high]);
  }
  return out;
}

/** Say whether the number is in the set. */
export function contains(ranges: Ranges, number: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle][1] < number) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low][0] <= number;
}

/** Return how many numbers the set holds. */
export function count(ranges: Ranges): number {
  return ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);
}

/** Return the set with the closed interval low..high added. */
export function add(ranges: Ranges, low: number, high: number): Ranges {
  return low > high ? ranges : normalise([...ranges, [low, high]]);
}
