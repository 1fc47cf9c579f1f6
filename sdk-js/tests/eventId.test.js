import assert from "node:assert/strict";
import test from "node:test";

import { deviceStream, eventId, uuid7, uuid8 } from "../build/eventId.js";
import { vectors } from "./vectors.js";

const STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

test("every vector's place has the vector's id (LED-07)", () => {
  for (const { id, input, expect } of vectors("event_id")) {
    assert.equal(eventId(input.stream, input.seq), expect, id);
  }
});

test("a UUIDv7 holds its time and version", () => {
  const random = new Uint8Array(10).fill(255);
  assert.equal(uuid7(0x0197a1b2c3d4, random), "0197a1b2-c3d4-7fff-bfff-ffffffffffff");
});

test("each part makes another device stream (IOT-01)", () => {
  const made = new Set([
    deviceStream("k", "d", 0),
    deviceStream("k", "d", 1),
    deviceStream("k", "e", 0),
    deviceStream("l", "d", 0),
  ]);
  assert.equal(made.size, 4);
});

test("wrong places and sizes are refused with the value named", () => {
  assert.throws(() => eventId(STREAM, 0), /got 0/);
  assert.throws(() => eventId(STREAM, 2 ** 53), /got 9007199254740992/);
  assert.throws(() => eventId("x", 1), /got x/);
  assert.throws(() => uuid7(2 ** 48, new Uint8Array(10)), /48 bits/);
  assert.throws(() => uuid7(0, new Uint8Array(1)), /got 1/);
  assert.throws(() => uuid8(new Uint8Array(1)), /got 1/);
});
