/** The calls of a client, against a collector in memory; each test has a twin in the Python SDK's. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, mock, test } from "node:test";

import { Client, ConfigurationError, UsageError, eventId } from "../build/node/index.js";
import { assertTracked, MemoryTransport, VirtualClock } from "../build/testing.js";

const KEY = "tmk_0123456789abcdefghijAB";
const REFUSED = { status: 0, kind: "refused" };

let clock;
let transport;
let warned;

beforeEach(() => {
  clock = new VirtualClock();
  transport = new MemoryTransport(clock);
  mock.restoreAll();
  warned = mock.method(console, "warn", () => {}).mock;
});

const make = (options = {}, key = KEY) => new Client(key, "http://collector.test", { spool: { directory: false }, transport, ...options });

function balanced(client) {
  const { assigned, stored, rejected, dropped, pending } = client.stats();
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  assert.equal(stored + sum(rejected) + sum(dropped) + pending, assigned, "the ledger equation (LED-04)");
}

/** Flush, letting time pass, until everything is settled. */
async function flushed(client, step = 60_000) {
  for (let turn = 0; turn < 20; turn += 1) {
    const done = client.flush(step - 1);
    await clock.advance(0);
    await clock.advance(step);
    if (await done) return;
    balanced(client);
  }
  assert.fail("it was never settled");
}

test("track", async () => {
  const client = make();
  const time = new Date("2026-01-01T11:00:00Z");
  const ref = client.track("Bought", { total: 4 }, { user: 7, device: "d", time, groups: { c: "a" } });
  assert.ok(await client.flush());
  const event = assertTracked(transport, "Bought", { total: 4 }, { user: "7" });
  assert.deepEqual([event.device, event.groups, event.timeMs], ["d", { c: "a" }, time.getTime()]);
  assert.equal(event.id, eventId(client.stats().stream, 1));
  assert.equal(client.eventId(ref), event.id);
});

test("time comes from the clock", async () => {
  const client = make();
  const now = clock.now();
  client.track("a");
  await clock.advance(4_000);
  assert.ok(await client.flush());
  assert.equal(transport.recorded()[0].timeMs, now);
  for (const [time, ms] of [[1_000_000_000, 1e12], [1_767_268_800_000, 1_767_268_800_000], [1.5, 1_500]]) {
    client.track("b", null, { time });
    assert.ok(await client.flush());
    assert.equal(transport.recorded("b").pop().timeMs, ms);
  }
});

test("page and screen", async () => {
  const client = make();
  client.page("Home", { $path: "/" });
  client.page();
  client.screen("Start", undefined, { user: "u" });
  assert.ok(await client.flush());
  const seen = transport.recorded().map(({ kind, name, properties }) => [kind, name, properties]);
  assert.deepEqual(seen, [["page", "Home", { $path: "/" }], ["page", null, {}], ["screen", "Start", {}]]);
});

test("people and groups", async () => {
  const client = make();
  client.identify("u", { plan: "pro" }, { device: "d" });
  client.identify("u2");
  client.profile({ add: { logins: 1 } }, { user: "u" });
  client.group("company", "acme", { seats: 5 });
  client.alias("old", "new");
  client.alias("old", "new", { undo: true });
  client.exposure("button", "red", { rule: "r", bucket: 5, user: "u" });
  assert.ok(await client.flush());
  assert.deepEqual(
    transport.recorded().map(({ raw: { t: _, ...rest } }) => rest),
    [
      { k: "identify", ops: { $set: { plan: "pro" } }, u: "u", d: "d" },
      { k: "identify", u: "u2" },
      { k: "profile", ops: { $add: { logins: 1 } }, u: "u" },
      { k: "group", gt: "company", gi: "acme", ops: { $set: { seats: 5 } } },
      { k: "alias", from: "old", to: "new" },
      { k: "alias", from: "old", to: "new", undo: true },
      { k: "exposure", f: "button", var: "red", rule: "r", bucket: 5, u: "u" },
    ],
  );
});

test("flag gives the default", () => {
  const client = make();
  assert.equal(client.flag("new-button", "blue"), "blue");
  assert.equal(client.stats().assigned, 0);
});

test("mutation after the call", async () => {
  const client = make();
  const properties = { items: [1] };
  client.track("a", properties);
  properties.items.push(2);
  properties.more = 1;
  assert.ok(await client.flush());
  assert.deepEqual(transport.recorded()[0].properties, { items: [1] });
});

test("context", async () => {
  const client = make();
  client.register({ plan: "free", app: 1 }, { user: "shared" });
  client.context({ user: "u", groups: { c: "a" }, plan: "pro" }, () => {
    client.track("inside", { own: 1 });
    client.context({ device: "d", plan: "max" }, () => client.track("deeper"));
  });
  client.track("outside");
  client.unregister("app");
  client.track("less");
  assert.ok(await client.flush());
  const seen = transport.recorded().map(({ name, user, device, groups, properties }) => [name, user, device, groups, properties]);
  assert.deepEqual(seen, [
    ["inside", "u", null, { c: "a" }, { plan: "pro", app: 1, own: 1 }],
    ["deeper", "u", "d", { c: "a" }, { plan: "max", app: 1 }],
    ["outside", "shared", null, {}, { plan: "free", app: 1 }],
    ["less", "shared", null, {}, { plan: "free" }],
  ]);
});

test("register inside a context", async () => {
  const client = make();
  client.context({ a: 1 }, () => {
    client.register({ b: 2, c: 3 });
    client.unregister("c");
    client.track("x");
  });
  client.unregister();
  client.track("y");
  assert.ok(await client.flush());
  assert.deepEqual(transport.recorded().map(({ properties }) => ({ ...properties })), [{ a: 1, b: 2 }, {}]);
});

test("context follows tasks", async () => {
  const client = make();
  const task = (user) =>
    client.context({ user }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      client.track("a", { user });
    });
  await Promise.all(["u1", "u2", "u3"].map(task));
  client.track("after");
  assert.ok(await client.flush());
  for (const { user, properties } of transport.recorded("a")) assert.equal(user, properties.user);
  assert.equal(transport.recorded("after")[0].user, null);
});

test("contexts of clients are apart", async () => {
  const [one, other] = [make(), make()];
  one.context({ user: "u" }, () => other.track("a"));
  assert.ok(await other.flush());
  assert.equal(transport.recorded()[0].user, null);
});

test("timed", async () => {
  const client = make();
  const timed = client.timed("Export", { kind: "csv" });
  await clock.advance(250);
  timed.stop({ rows: 3 });
  const wrapped = client.timed("Call").wrap(async (value) => {
    await clock.advance(40);
    if (value === "bad") throw new TypeError("no");
    return value;
  });
  assert.equal(await wrapped("good"), "good");
  await assert.rejects(wrapped("bad"), TypeError);
  assert.ok(await client.flush());
  const seen = transport.recorded().map(({ properties }) => properties);
  assert.deepEqual(seen, [
    { kind: "csv", rows: 3, duration_ms: 250 },
    { duration_ms: 40 },
    { error: "TypeError", duration_ms: 40 },
  ]);
});

test("stats balance through faults", async () => {
  const client = make({ batching: { queueMax: 50, flushAt: 10 } });
  transport.script({ status: 0, kind: "timeout" }, "lostAnswer", { status: 200, proof: null, wait: null, body: "<html>" });
  for (let number = 0; number < 200; number += 1) {
    client.track(number % 50 === 0 ? "" : "a", { n: number });
    client.track(number % 20 === 0 ? "a".repeat(200) : "b", { v: "x".repeat(number === 7 ? 70_000 : 1) });
    balanced(client);
  }
  await flushed(client);
  const stats = client.stats();
  assert.deepEqual([stats.pending, stats.dropped.too_large, stats.refused], [0, 1, 4]);
  assert.equal(transport.recorded().length, stats.stored);
  assert.equal(stats.assigned, 396);
  assert.deepEqual(Object.keys(transport.account(stats.stream).dropped).sort(), Object.keys(stats.dropped).sort());
});

test("overflow declares exactly what was lost", async () => {
  const client = make({ batching: { queueMax: 100 } });
  transport.script(REFUSED, REFUSED, REFUSED);
  for (let number = 0; number < 1_000; number += 1) client.track("a", { n: number });
  await flushed(client);
  const stats = client.stats();
  assert.deepEqual(stats.dropped, { queue_overflow: 1_000 - stats.stored });
  assert.deepEqual(transport.ledger(stats.stream).unaccounted(), []);
});

test("overflow oldest", async () => {
  const client = make({ batching: { queueMax: 100, overflow: "oldest", flushAt: 1_000_000, maxEvents: 2_000 } });
  for (let number = 0; number < 1_000; number += 1) {
    client.track("a", { n: number });
    balanced(client);
  }
  assert.ok(await client.flush());
  assert.deepEqual(transport.recorded().map(({ properties }) => properties.n), Array.from({ length: 100 }, (_, i) => 900 + i));
  assert.deepEqual(client.stats().dropped, { queue_overflow: 900 });
});

const WRONG = {
  "no name": (client) => client.track(null),
  "an empty name": (client) => client.track(""),
  "a reserved name": (client) => client.track("$reserved"),
  "properties that are text": (client) => client.track("a", "no mapping"),
  "properties that are a list": (client) => client.track("a", [1]),
  "a fraction as user": (client) => client.track("a", {}, { user: 1.5 }),
  "an object as device": (client) => client.track("a", {}, { device: {} }),
  "a time in words": (client) => client.track("a", {}, { time: "yesterday" }),
  "a list of groups": (client) => client.track("a", {}, { groups: ["x"] }),
  "an unknown operation": (client) => client.profile({ unknown: 1 }),
  "no operation": (client) => client.profile(null),
  "super properties that are text": (client) => client.register("x") ?? null,
  "an unknown consent": (client) => client.consent({ analytics: "maybe" }) ?? null,
  "an identity that is a list": (client) => client.identify([]),
};

test("wrong use never raises", async (t) => {
  for (const [what, call] of Object.entries(WRONG)) {
    await t.test(what, () => {
      const client = make();
      assert.equal(call(client), null);
      assert.deepEqual([client.stats().assigned, client.stats().refused], [0, 1]);
      assert.throws(() => call(make({ hooks: { strict: true } })), UsageError);
    });
  }
});

test("strict finds what the collector would reject", () => {
  const client = make({ hooks: { strict: true } });
  const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } };
  assert.throws(() => client.track("a", deep), /depth/);
  assert.throws(() => client.track("a", {}, { user: "null" }), /bad_id/);
  assert.throws(() => client.track("a\n"), /sent as/);
  assert.equal(client.stats().assigned, 0);
});

test("rejects reach the hook", async () => {
  const results = [];
  const client = make({ hooks: { onResult: (result) => results.push(result) } });
  const bad = client.track("a", {}, { user: "undefined" });
  const lost = client.track("b", { v: "x".repeat(70_000) });
  client.track("c");
  assert.ok(await client.flush());
  const told = results.map(({ outcome, code, stream, seq, path }) => [outcome, code, stream, seq, path]);
  assert.deepEqual(told.sort(), [
    ["dropped", "too_large", lost.stream, lost.seq, null],
    ["rejected", "bad_id", bad.stream, bad.seq, "u"],
  ]);
  assert.deepEqual(client.stats().rejected, { bad_id: 1 });
});

test("hook that raises", async () => {
  const client = make({ hooks: { onResult: () => { throw new Error("no"); } } });
  client.track("a", {}, { user: "undefined" });
  client.track("b");
  assert.ok(await client.flush());
  assert.equal(client.stats().stored, 1);
});

test("before send", async () => {
  const beforeSend = (event) => {
    if (event.e === "secret") return null;
    if (event.e === "boom") throw new Error("no");
    event.p.list.push("hook");
    event.p.mail = null;
    return event;
  };
  const client = make({ hooks: { beforeSend } });
  const properties = { mail: "a@example.org", list: [] };
  client.track("a", properties);
  assert.notEqual(client.track("secret"), null);
  client.track("boom");
  assert.ok(await client.flush());
  assert.deepEqual(properties, { mail: "a@example.org", list: [] });
  assert.deepEqual(transport.recorded().map((event) => event.properties), [{ mail: null, list: ["hook"] }]);
  assert.deepEqual(client.stats().dropped, { hook: 2 });
  assert.deepEqual(transport.ledger(client.stats().stream).unaccounted(), []);
});

test("sanitized is counted", async () => {
  const client = make();
  client.track("a", { v: Number.NaN });
  client.track("a", { v: 1 });
  client.track("a", { v: "\ud800" });
  assert.equal(client.stats().sanitized, 2);
});

test("same bytes on each attempt", async () => {
  const client = make();
  transport.script({ status: 0, kind: "timeout" }, { status: 0, kind: "reset" });
  for (let number = 0; number < 50; number += 1) client.track("a", { number });
  await flushed(client);
  assert.equal(new Set(transport.requests.slice(0, 3).map(({ body }) => body)).size, 1);
  assert.deepEqual(transport.requests.slice(0, 3).map(({ attempt }) => attempt), [1, 2, 3]);
});

test("flush is one request", async () => {
  const client = make();
  assert.ok(await client.flush());
  assert.equal(transport.requests.length, 0);
  client.track("a");
  client.track("b");
  assert.ok(await client.flush());
  assert.equal(transport.requests.length, 1);
});

test("interval sends", async () => {
  const client = make();
  client.track("a");
  await clock.advance(0);
  await clock.advance(4_000);
  assert.equal(transport.requests.length, 0);
  await clock.advance(1_000);
  assert.equal(client.stats().stored, 1);
});

test("an event after a pause without events is sent", async () => {
  const client = make({ batching: { flushAt: 1 } });
  const { send } = transport;
  transport.send = async (request) => {
    const served = await send.call(transport, request);
    if (transport.requests.length > 1) return served;
    return { ...served, body: JSON.stringify({ ...JSON.parse(served.body), control: { etag: "c1", pause_ms: 2_000 } }) };
  };
  client.track("a");
  assert.ok(await client.flush());
  client.track("b");
  await clock.advance(1_990);
  assert.equal(transport.requests.length, 1);
  await clock.advance(20);
  assert.equal(client.stats().stored, 2);
});

test("count sends", async () => {
  const client = make({ batching: { flushAt: 5 } });
  for (let number = 0; number < 5; number += 1) client.track("a");
  await clock.advance(0);
  assert.equal(client.stats().stored, 5);
});

test("bytes send", async () => {
  const client = make({ batching: { flushBytes: 10_000 } });
  for (let number = 0; number < 3; number += 1) client.track("a", { v: "x".repeat(5_000) });
  await clock.advance(0);
  assert.equal(client.stats().stored, 3);
});

test("close", async () => {
  const client = make();
  client.track("a");
  assert.ok(await client.close());
  assert.ok(await client.close());
  assert.deepEqual(transport.envelopes().map(({ fin = false }) => fin), [true]);
  assert.equal(client.track("late"), null);
  assert.deepEqual([client.stats().stored, client.stats().refused], [1, 1]);
});

test("close after flush sends fin", async () => {
  const client = make();
  client.track("a");
  assert.ok(await client.flush());
  assert.ok(await client.close());
  assert.deepEqual(transport.envelopes().map(({ fin = false }) => fin), [false, true]);
});

test("close without events is silent", async () => {
  assert.ok(await make().close());
  assert.equal(transport.requests.length, 0);
});

test("close with a dead collector", async () => {
  const codes = new Set();
  const client = make({ hooks: { onResult: ({ code }) => codes.add(code) } });
  transport.script(...Array.from({ length: 50 }, () => REFUSED));
  client.track("a");
  client.track("b");
  const closing = client.close(200);
  await clock.advance(200);
  assert.equal(await closing, false);
  assert.deepEqual(client.stats().dropped, { shutdown_deadline: 2 });
  balanced(client);
  assert.deepEqual([...codes], ["shutdown_deadline"]);
});

test("reset", async () => {
  const client = make();
  client.register({ plan: "pro" }, { user: "u" });
  client.track("before");
  const first = client.stats().stream;
  client.reset();
  client.track("after");
  assert.notEqual(client.stats().stream, first);
  assert.ok(await client.flush());
  const seen = transport.recorded().map(({ name, user, properties }) => [name, user, properties]);
  assert.deepEqual(seen.sort(), [["after", null, {}], ["before", "u", { plan: "pro" }]]);
  assert.ok(transport.ledger(first).fin);
  balanced(client);
});

test("reset purge", async () => {
  const client = make();
  client.track("before");
  client.reset({ purge: true });
  client.track("after");
  assert.ok(await client.flush());
  assert.deepEqual(transport.recorded().map(({ name }) => name), ["after"]);
  assert.deepEqual(client.stats().dropped, { reset: 1 });
  balanced(client);
});

test("auth error keeps everything", async () => {
  const client = make();
  transport.script({ status: 401, proof: null, wait: null, body: '{"code":"key_unknown"}' });
  client.track("a");
  assert.equal(await client.flush(5_000), false);
  assert.equal(client.stats().trouble, "auth_error");
  await clock.advance(900_000);
  assert.ok(await client.flush(5_000));
  assert.deepEqual([client.stats().trouble, client.stats().stored], [null, 1]);
});

test("logs are rare and hold no key", () => {
  const client = make();
  for (let number = 0; number < 1_000; number += 1) client.track("");
  client.track("a", { card: "4111-1111" });
  client.track("b", { card: "4111-1111".repeat(10_000) });
  const text = warned.calls.map(({ arguments: [message] }) => message).join("\n");
  assert.equal(text.match(/a string that is not empty/g).length, 1);
  assert.ok(!text.includes(KEY) && !text.includes("4111"));
});

test("from env", async () => {
  const given = { ...process.env };
  const spool = mkdtempSync(join(tmpdir(), "tallymark-env-"));
  try {
    for (const name of ["TALLYMARK_KEY", "TALLYMARK_URL", "TALLYMARK_SPOOL"]) delete process.env[name];
    const disabled = Client.fromEnv();
    assert.equal(disabled.track("a"), null);
    assert.ok(disabled.stats().disabled);
    assert.ok(await disabled.close());
    assert.match(warned.calls[0].arguments[0], /TALLYMARK_KEY is not set/);
    process.env.TALLYMARK_KEY = KEY;
    assert.throws(() => Client.fromEnv(), ConfigurationError);
    process.env.TALLYMARK_URL = "http://127.0.0.1:9";
    process.env.TALLYMARK_SPOOL = spool;
    const kept = Client.fromEnv();
    assert.ok(kept.stats().spool.startsWith(spool));
    await kept.close(50);
    process.env.TALLYMARK_SPOOL = "off";
    const memory = Client.fromEnv();
    assert.equal(memory.stats().spool, null);
    await memory.close(50);
  } finally {
    process.env = given;
    rmSync(spool, { recursive: true });
  }
});

test("consent denied sends nothing", async () => {
  const client = make({ privacy: { analytics: "denied" } });
  assert.equal(client.track("a"), null);
  assert.ok(await client.flush(200));
  assert.ok(await client.close());
  assert.deepEqual([transport.requests.length, client.stats().assigned], [0, 0]);
});

test("consent withdrawn", async () => {
  const client = make();
  client.track("a");
  const first = client.stats().stream;
  client.consent({ analytics: "denied" });
  assert.equal(client.track("b"), null);
  assert.ok(await client.flush(200));
  assert.equal(transport.requests.length, 0);
  client.consent({ analytics: "granted" });
  client.track("c");
  assert.ok(await client.flush());
  assert.deepEqual(transport.recorded().map(({ name }) => name), ["c"]);
  assert.notEqual(client.stats().stream, first);
  assert.deepEqual(client.stats().dropped, { consent_withdrawn: 1 });
  balanced(client);
  assert.deepEqual(transport.recorded()[0].context.consent, { analytics: "granted" });
});

test("consent unknown holds", async () => {
  const client = make({ privacy: { analytics: "unknown" } });
  for (let number = 0; number < 105; number += 1) client.track("a", { n: number });
  assert.ok(await client.flush(200));
  assert.equal(transport.requests.length, 0);
  client.consent({ analytics: "granted" });
  assert.ok(await client.flush());
  assert.equal(transport.recorded().length, 100);
  assert.deepEqual(transport.recorded()[0].context.consent, { analytics: "unknown" });
  assert.deepEqual(client.stats().dropped, { queue_overflow: 5 });
  balanced(client);
});

test("consent unknown then denied", async () => {
  const client = make({ privacy: { analytics: "unknown" } });
  client.track("a");
  client.consent({ analytics: "denied" });
  assert.ok(await client.close());
  assert.equal(transport.requests.length, 0);
});

test("consent unknown anonymous", async () => {
  const client = make({ privacy: { analytics: "unknown", whenUnknown: "anonymous" } });
  client.track("a", {}, { user: "u", device: "d", groups: { c: "a" } });
  const first = client.stats().stream;
  await clock.advance(86_400_000);
  client.track("b", {}, { user: "u" });
  assert.notEqual(client.stats().stream, first);
  assert.ok(await client.flush());
  for (const { user, device, groups, context } of transport.recorded()) {
    assert.deepEqual([user, device, groups, context.ip], [null, null, {}, "none"]);
  }
  assert.equal(transport.recorded().length, 2);
});

test("gpc", async () => {
  const client = make({ privacy: { gpc: true, ads: "granted" } });
  client.consent({ personalization: "granted" });
  client.track("a");
  assert.ok(await client.flush());
  const { context } = transport.recorded()[0];
  assert.equal(context.gpc, true);
  assert.deepEqual(context.consent, { ads: "denied", personalization: "denied" });
});

test("context is hoisted and valid", async () => {
  const client = make();
  client.track("a");
  assert.ok(await client.flush());
  const [body] = transport.envelopes();
  assert.equal(body.ctx.lib.name, "tallymark-js");
  assert.ok(!("ctx" in body.events[0]));
  assert.ok(!JSON.stringify(body).includes("null"));
});

test("in flight", async () => {
  const gates = [];
  const gated = { clock, send: (request) => new Promise((resolve) => gates.push(() => resolve(transport.send(request)))) };
  const client = make({ batching: { flushAt: 10, maxEvents: 10 }, retry: { inFlight: 4 }, transport: gated });
  for (let number = 0; number < 60; number += 1) client.track("a", { n: number });
  await clock.advance(0);
  assert.equal(gates.length, 4);
  const done = client.flush();
  while (client.stats().pending > 0) {
    gates.splice(0).forEach((open) => open());
    await clock.advance(0);
  }
  assert.ok(await done);
  assert.equal(new Set(transport.recorded().map(({ id }) => id)).size, 60);
});
