import assert from "node:assert/strict";
import test from "node:test";

import { canonical, mergePatch } from "../build/canonical.js";
import { vectors } from "./vectors.js";

const decode = (bytes) => new TextDecoder().decode(bytes);

test("every vector's value has the vector's canonical form, or none (CAN-01)", () => {
  for (const { id, input, expect } of vectors("values")) {
    if (input.op === "merge_patch") {
      assert.equal(decode(canonical(mergePatch(input.base, input.patch))), expect, id);
    } else if (expect === null) {
      assert.throws(() => canonical(JSON.parse(input.text)), RangeError, id);
    } else {
      assert.equal(decode(canonical(JSON.parse(input.text))), expect, id);
    }
  }
});

test("what JSON cannot hold is refused", () => {
  assert.throws(() => canonical(undefined), TypeError);
  assert.throws(() => canonical([() => 1]), TypeError);
});

test("a patch cannot reach a prototype", () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__":{"polluted":1}}'));
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(merged), ["__proto__"]);
});
