import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { bucket, sampled } from "../build/bucket.js";
import { sha256 } from "../build/sha256.js";
import { vectors } from "./vectors.js";

test("every vector's unit falls into the vector's bucket (BKT-01)", () => {
  for (const { id, input, expect } of vectors("bucket")) {
    assert.equal(bucket(input.seed, input.unit), expect, id);
  }
});

test("a unit is kept exactly at the rates above its bucket (CTL-02)", () => {
  for (const { id, input, expect } of vectors("sampling")) {
    assert.equal(sampled(input.unit, input.rate), expect, id);
  }
});

test("the digest is Node's own for every length up to three blocks", () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(Buffer.from(sha256(bytes)).toString("hex"), expected);
  }
});
