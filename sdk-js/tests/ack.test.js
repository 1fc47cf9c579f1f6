import assert from "node:assert/strict";
import test from "node:test";

import { formatAck, parseAck, proves } from "../build/ack.js";

const STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

test("what is written is read (ACK-01)", () => {
  for (const upto of [0, 1, 1049, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(parseAck(formatAck(STREAM, upto)), { stream: "0197a1b2", upto });
  }
  assert.deepEqual(parseAck(formatAck(null, null)), { stream: "*", upto: null });
  assert.deepEqual(parseAck("1;upto=7;x=y ;\ts=0197a1b2"), { stream: "0197a1b2", upto: 7 });
});

test("malformed headers prove nothing (ACK-01)", () => {
  const malformed = [
    ...[null, "", "1", "2; s=0197a1b2; upto=1", "1; s=0197a1b2", "1; upto=1", "1; s=*; upto=1"],
    ...["1; s=0197A1B2; upto=1", "1; s=0197a1b; upto=1", "1; s=0197a1b2; upto=-1", "<html>"],
    ...["1; s=0197a1b2; upto=01", "1; s=0197a1b2; upto=1; upto=2", "1; s=0197a1b2; upto=1e3"],
    ...["1, s=0197a1b2, upto=1", "1; s=0197a1b2\n; upto=1", "1; s=0197a1b2; upto=٣"],
    "1; s=0197a1b2; upto=9007199254740992",
  ];
  for (const value of malformed) {
    assert.equal(parseAck(value), null, String(value));
    assert.equal(proves(200, value, STREAM), false);
  }
});

test("only a 2xx for the request's own stream acknowledges (ACK-01)", () => {
  for (const [status, good] of [[199, false], [200, true], [299, true], [300, false], [500, false]]) {
    assert.equal(proves(status, formatAck(STREAM, 1), STREAM), good);
  }
  assert.equal(proves(200, formatAck("1".repeat(36), 5), STREAM), false);
  assert.equal(proves(200, formatAck(null, null), STREAM), false);
  assert.equal(proves(200, formatAck(null, null), null), true);
});
