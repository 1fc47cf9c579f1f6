import assert from "node:assert/strict";
import test from "node:test";

import { validateContext, validateEnvelope, validateEvent, validateFlat } from "../build/validate.js";
import { vectors } from "./vectors.js";

const VALIDATORS = {
  event: validateEvent,
  flat: validateFlat,
  context: validateContext,
  envelope: validateEnvelope,
};

test("every vector's value has the vector's first issue, or none (VAL, ENV, EVT, CTX)", () => {
  for (const { id, input, expect } of vectors("validate")) {
    assert.deepEqual(VALIDATORS[input.type](JSON.parse(input.text)), expect, id);
  }
});
