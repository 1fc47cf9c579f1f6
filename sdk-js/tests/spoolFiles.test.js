/** Undelivered events on disk: what a killed process left is delivered by the next, in any language. */

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";

import { Client } from "../build/node/index.js";
import { MemoryTransport, VirtualClock } from "../build/testing.js";

const KEY = "tmk_0123456789abcdefghijAB";
const URL_ = "http://127.0.0.1:9";
const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;
const NODE_INDEX = new URL("../build/node/index.js", import.meta.url).href;

let directory;
let clock;
let transport;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tallymark-spool-"));
  clock = new VirtualClock();
  transport = new MemoryTransport(clock);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const make = (options = {}) => new Client(KEY, URL_, { spool: { directory }, transport, ...options });
const down = () => transport.script(...Array.from({ length: 100 }, () => ({ status: 0, kind: "refused" })));

/** Return the directories of streams in the spool. */
function claims() {
  const root = join(directory, "tallymark");
  return readdirSync(root).flatMap((name) => readdirSync(join(root, name)).map((claim) => join(root, name, claim)));
}

/** Run a program that records and says so, then kill it. */
async function killed(command, args) {
  const running = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface({ input: running.stdout }), "line");
  running.kill("SIGKILL");
  await once(running, "exit");
}

const NODE_WRITER = `
  import { Client } from ${JSON.stringify(NODE_INDEX)};
  const client = new Client("${KEY}", "${URL_}", { spool: { directory: process.argv[1] } });
  for (let i = 0; i < 100; i += 1) client.track("left", { i });
  setTimeout(() => { console.log("written"); setInterval(() => {}, 1000); }, 0);
`;
const PYTHON_WRITER = `
import sys, time
from tallymark import Client, Spool
client = Client("${KEY}", "${URL_}", spool=Spool(sys.argv[1]))
for i in range(100): client.track("left", {"i": i})
print("written", flush=True)
time.sleep(60)
`;

test("a killed Node process: the next one delivers everything once, under its numbers (SPL-35)", async () => {
  await killed(process.execPath, ["--input-type=module", "-e", NODE_WRITER, directory]);
  const client = make();
  assert.ok(await client.close());
  assert.deepEqual(transport.recorded("left").map(({ properties }) => properties.i), Array.from({ length: 100 }, (_, i) => i));
  const [envelope] = transport.envelopes();
  assert.deepEqual([envelope.clock, envelope.fin, envelope.hwm], ["wall", true, 100]);
  assert.deepEqual(claims(), []);
});

test("a killed Python process: Node delivers what it left (SPL-31, SPL-35)", async () => {
  await killed(PYTHON, ["-c", PYTHON_WRITER, directory]);
  const client = make();
  assert.ok(await client.close());
  assert.equal(transport.recorded("left").length, 100);
  assert.equal(client.stats().recovered.stored, 100);
  assert.deepEqual(claims(), []);
});

test("a killed Node process: Python delivers what it left (SPL-31, SPL-35)", async () => {
  await killed(process.execPath, ["--input-type=module", "-e", NODE_WRITER, directory]);
  const reader = `
import json, sys
from tallymark import Client, Spool
from tallymark.testing import MemoryTransport
transport = MemoryTransport()
client = Client("${KEY}", "${URL_}", spool=Spool(sys.argv[1]), transport=transport)
closed = client.flush() and client.close()
print(json.dumps([closed, [event.properties["i"] for event in transport.recorded("left")], client.stats().recovered.stored]))
`;
  const [closed, events, recovered] = JSON.parse(execFileSync(PYTHON, ["-c", reader, directory], { encoding: "utf8" }));
  assert.deepEqual([closed, recovered], [true, 100]);
  assert.deepEqual(events, Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(claims(), []);
});

test("a process that ends with a dead collector leaves everything for the next (SPL-34)", async () => {
  down();
  const first = make();
  first.track("left");
  const closing = first.close(200);
  await clock.advance(200);
  assert.equal(await closing, false);
  assert.equal(first.stats().pending, 1);
  assert.equal(claims().length, 1);
  assert.match(claims()[0], /\.released\.[0-9a-f]{8}$/);
  transport = new MemoryTransport(clock);
  const second = make();
  assert.ok(await second.close());
  assert.equal(transport.recorded("left").length, 1);
  assert.deepEqual(claims(), []);
});

test("a live process keeps its stream: another one leaves it alone (SPL-32)", async () => {
  down();
  const owner = make();
  owner.track("left");
  await clock.advance(0);
  const other = make({ transport: new MemoryTransport(new VirtualClock()) });
  assert.equal(other.stats().recovered.assigned, 0);
  await other.close(0);
  await owner.close(0).catch(() => {});
});

test("what was acknowledged leaves the disk; files are private (SPL-03, SPL-24)", async () => {
  const client = make();
  client.track("secret canary");
  await clock.advance(0);
  const [claim] = claims();
  const segments = readdirSync(claim).filter((name) => name.endsWith(".seg"));
  assert.equal(statSync(claim).mode & 0o777, 0o700);
  for (const name of segments) assert.equal(statSync(join(claim, name)).mode & 0o777, 0o600);
  assert.ok(await client.close());
  assert.ok(!existsSync(claim));
});

test("withdrawn consent erases every segment before the call returns (SPL-40)", async () => {
  down();
  const client = make();
  client.track("canary");
  await clock.advance(0);
  client.consent({ analytics: "denied" });
  assert.deepEqual(claims(), []);
  assert.deepEqual(client.stats().dropped, { consent_withdrawn: 1 });
  await client.close(0);
});

test("many events go into many segments, and each of them comes back (SPL-10, SPL-20)", async () => {
  down();
  const first = make();
  for (let i = 0; i < 40; i += 1) {
    for (let j = 0; j < 50; j += 1) first.track("left", { i: i * 50 + j, text: "x".repeat(2_000) });
    await clock.advance(0);
  }
  assert.ok(readdirSync(claims()[0]).length > 3);
  const closing = first.close(10);
  await clock.advance(10);
  await closing;
  transport = new MemoryTransport(clock);
  const second = make();
  assert.ok(await second.close());
  assert.deepEqual(transport.recorded("left").map(({ properties }) => properties.i).sort((a, b) => a - b), Array.from({ length: 2_000 }, (_, i) => i));
  assert.deepEqual(claims(), []);
});

test("without a directory that can be written to, memory keeps the events and stats say so (SPL-05)", async () => {
  const client = make({ spool: { directory: "/proc/tallymark" } });
  client.track("a");
  assert.equal(client.stats().spool, null);
  assert.match(client.stats().note, /memory only/);
  assert.ok(await client.close());
  assert.equal(transport.recorded().length, 1);
});

test("a full spool refuses the newest and says so (SPL-04)", async () => {
  down();
  const client = make({ spool: { directory, maxBytes: 65_536 } });
  for (let i = 0; i < 100; i += 1) client.track("a", { text: "x".repeat(1_000) });
  const { dropped, pending } = client.stats();
  assert.equal(dropped.queue_overflow + pending, 100);
  assert.ok(pending > 50 && pending < 65);
  const closing = client.close(10);
  await clock.advance(10);
  await closing;
});
