import assert from "node:assert/strict";
import { test } from "node:test";

import { deviceStream } from "../build/eventId.js";
import { vectors } from "./vectors.js";

test("every vector's key, device and boot make the vector's stream (IOT-01)", () => {
  for (const { id, input, expect } of vectors("device_stream")) {
    assert.equal(deviceStream(input.key, input.device, input.boot), expect, id);
  }
});
