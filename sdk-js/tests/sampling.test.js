/** What a server's client leaves out because the collector asked for it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { sampled } from "../build/bucket.js";
import { NO_CONTROL, readControl } from "../build/control.js";
import { keep } from "../build/node/sampling.js";

const asked = (block) => readControl(block, 0);

test("whole people are kept, with their weight (CTL-02)", () => {
  const control = asked({ sample: { default: 0.5 } });
  for (let n = 0; n < 50; n += 1) {
    const event = { e: "a", d: `device-${n}` };
    assert.equal(keep(control, "track", event), sampled(`device-${n}`, 0.5));
    assert.equal(event.sr, 0.5);
  }
});

test("a name has a rate of its own; the device is looked at before the user (CTL-02)", () => {
  const control = asked({ sample: { default: 0.001, by_event: { Rare: 1, $page: 0.5 } } });
  assert.equal(keep(control, "track", { e: "Rare", u: "user-1" }), true);
  const page = { d: "device-1", u: "user-1" };
  assert.equal(keep(control, "page", page), sampled("device-1", 0.5));
  assert.equal(page.sr, 0.5);
  assert.equal(keep(control, "track", { e: "toString", u: "user-1" }), sampled("user-1", 0.001));
});

test("events that are not wanted are left out, and nothing else (CTL-01)", () => {
  const control = asked({ disable_events: ["noise"] });
  assert.equal(keep(control, "track", { e: "noise", u: "user-1" }), false);
  assert.equal(keep(control, "track", { e: "signal", u: "user-1" }), true);
  assert.equal(keep(control, "identify", { e: "noise", u: "user-1" }), true);
});

test("values out of bounds are ignored, and without a block all is kept (CTL-01)", () => {
  for (const block of [
    { sample: { default: 0.0005 } },
    { sample: { default: 2, by_event: null } },
    { sample: 0.5 },
    { sample: { default: true } },
    { disable_events: "a" },
    { disable_events: Array(101).fill("a") },
  ]) {
    const event = { e: "a", u: "user-1" };
    assert.equal(keep(asked(block), "track", event), true);
    assert.equal("sr" in event, false);
  }
  assert.equal(keep(NO_CONTROL, "track", { e: "a", u: "user-1" }), true);
});
