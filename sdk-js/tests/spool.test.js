import assert from "node:assert/strict";
import test from "node:test";

import { destination } from "../build/node/spool/files.js";
import { parseClaimName } from "../build/node/spool/owner.js";
import * as records from "../build/node/spool/records.js";
import { Replay } from "../build/node/spool/replay.js";
import { foreignVersion } from "../build/node/spool/scan.js";
import { vectors } from "./vectors.js";

const ENCODERS = {
  header: ({ wall_ms: wallMs, namespace, start, ...header }) =>
    records.encodeHeader({ version: 1, wallMs, namespace: BigInt(namespace), start: BigInt(start), ...header }),
  event: ({ seq, event }) => records.encodeEvent(seq, event),
  settled: ({ ranges }) => Buffer.concat(records.encodeSettled(ranges)),
  drops_acked: ({ ranges }) => Buffer.concat(records.encodeDropsAcked(ranges)),
  dropped: ({ reason, ranges }) => Buffer.concat(records.encodeDropped(reason, ranges)),
  purge: ({ reason, ranges }) => Buffer.concat(records.encodeDropped(reason, ranges, records.PURGE)),
  context: ({ context }) => records.encodeContext(context),
  fin: ({ assigned }) => records.encodeFin(assigned),
};

/** Return what the segments of a stream leave to be done. */
function replayed(segments) {
  const replay = new Replay();
  for (const { number, hex } of segments) replay.read(number, Buffer.from(hex, "hex"));
  const pending = replay.finish().map(({ seq, event }) => [seq, event]);
  const { assigned, drops, damaged, fin, voidBefore, context } = replay;
  return { pending, assigned, drops, damaged, fin, void_before: voidBefore, context };
}

function claim(name) {
  const parsed = parseClaimName(name);
  if (!parsed?.owner) return parsed;
  const { boot, namespace, pid, start } = parsed.owner;
  return { stream: parsed.stream, owner: { boot, namespace: Number(namespace), pid, start: Number(start) } };
}

const CHECKS = {
  stream: ({ segments }) => replayed(segments),
  foreign: ({ hex }) => ({ version: foreignVersion(Buffer.from(hex, "hex")) }),
  destination: ({ key, url }) => ({ name: destination(key, url) }),
  claim: ({ name }) => claim(name),
};

for (const { id, requirement, description, input, expect } of vectors("spool")) {
  test(`${id}: ${description} (${requirement})`, () => {
    const check = CHECKS[input.check] ?? ((given) => ({ hex: ENCODERS[input.check](given).toString("hex") }));
    assert.deepEqual(check(input), expect);
  });
}
