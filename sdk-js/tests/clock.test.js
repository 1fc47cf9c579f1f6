import assert from "node:assert/strict";
import test from "node:test";

import { correct } from "../build/clock.js";
import { vectors } from "./vectors.js";

test("every vector's times give the vector's time or verdict (CLK-02 to CLK-07)", () => {
  for (const { id, input, expect } of vectors("skew")) {
    const { t, sent_at, received_at, clock, imported } = input;
    assert.equal(correct(t, sent_at, received_at, clock, imported), expect, id);
  }
});
