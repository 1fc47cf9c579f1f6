import assert from "node:assert/strict";
import test from "node:test";

import { add, contains, count, intersect, normalise, subtract, union } from "../build/ranges.js";

/** Return 300 repeatable sets of numbers up to 30. */
function samples() {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647);
  return Array.from({ length: 300 }, () => new Set(Array.from({ length: next() % 15 }, () => 1 + (next() % 30))));
}

const of = (numbers) => normalise([...numbers].map((n) => [n, n]));
const members = (ranges) =>
  new Set(ranges.flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, i) => low + i)));

test("operations are those of sets", () => {
  const sets = samples();
  sets.slice(1).forEach((b, i) => {
    const a = sets[i];
    assert.deepEqual(members(of(a)), new Set([...a].sort((x, y) => x - y)));
    assert.deepEqual(union(of(a), of(b)), of(new Set([...a, ...b])));
    assert.deepEqual(intersect(of(a), of(b)), of([...a].filter((n) => b.has(n))));
    assert.deepEqual(subtract(of(a), of(b)), of([...a].filter((n) => !b.has(n))));
    assert.equal(count(of(a)), a.size);
    for (let n = 0; n < 32; n += 1) assert.equal(contains(of(a), n), a.has(n));
    assert.deepEqual(add(of(a), i % 20, (i % 20) + 3), of([...a, i % 20, (i % 20) + 1, (i % 20) + 2, (i % 20) + 3]));
  });
});

test("huge intervals cost nothing", () => {
  const everything = [[1, Number.MAX_SAFE_INTEGER]];
  assert.deepEqual(subtract(everything, [[7, 7]]), [[1, 6], [8, Number.MAX_SAFE_INTEGER]]);
  assert.deepEqual(normalise([[3, 2]]), []);
});
