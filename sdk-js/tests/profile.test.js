import assert from "node:assert/strict";
import test from "node:test";

import { OPS } from "../build/_generated/codes.js";
import { text } from "../build/canonical.js";
import { fold } from "../build/profile.js";
import { orders, vectors } from "./vectors.js";

test("every set of events gives the vector's state, byte by byte, in every order (PRF-01)", () => {
  for (const { id, input, expect } of vectors("profile")) {
    for (const order of orders(input)) assert.equal(text(fold(order)), text(expect), id);
  }
});

test("each operation of the registry has an effect (PRF-02)", () => {
  const tag = (ts) => ({ ts, stream: "", seq: 0 });
  const before = { tag: tag(0), ops: { $set: { list: [1], n: 1 } } };
  const effects = {
    $set: { n: 2 },
    $set_once: { fresh: 1 },
    $add: { n: 1 },
    $append: { list: 2 },
    $union: { list: [2] },
    $remove: { list: 1 },
    $unset: ["n"],
    $delete: true,
  };
  assert.deepEqual(Object.keys(OPS), Object.keys(effects));
  for (const [op, operand] of Object.entries(effects)) {
    assert.notDeepEqual(fold([before, { tag: tag(1), ops: { [op]: operand } }]), fold([before]), op);
  }
});

test("a key of a prototype's name is an ordinary key", () => {
  const ops = JSON.parse('{"$set":{"__proto__":1},"$append":{"constructor":2}}');
  assert.equal(text(fold([{ tag: { ts: 0, stream: "", seq: 0 }, ops }])), '{"__proto__":1,"constructor":[2]}');
});
