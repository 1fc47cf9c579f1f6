import assert from "node:assert/strict";
import test from "node:test";

import { ceilingMs, classify, retryAfterMs } from "../build/retry.js";
import { vectors } from "./vectors.js";

const RULES = {
  classify: ({ status, code, proven }) => classify(status, code, proven),
  ceiling: ({ failures }) => ceilingMs(failures),
  retry_after: ({ value, now }) => retryAfterMs(value, now),
};

test("every vector's answer or count gives the vector's action or wait (RTY-01, 05, 07)", () => {
  for (const { id, input, expect } of vectors("retry")) {
    assert.equal(RULES[input.op](input), expect, id);
  }
});
