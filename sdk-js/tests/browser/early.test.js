/** The first script of a page, and how the rest of the client takes over from it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { launch } from "./chromium.js";
import { startCollector, until } from "./collector.js";
import { startSite, startWire } from "./wire.js";

let collector;
let wire;
let site;
let browser;
let context;
let page;
let run = 0;

before(async () => {
  collector = await startCollector();
  wire = await startWire(collector.url);
  const script = `<script src="${wire.url}/tm.js" data-key="${collector.key}" data-pages="off"></script>`;
  site = await startSite({
    "/": () => [`<!doctype html><title>Site</title>${script}`],
    "/bare": () => ["<!doctype html><title>Bare</title>"],
    "/alone": () => [`<!doctype html><title>Alone</title><script src="/tm.js" data-key="${collector.key}" data-url="${wire.url}" data-pages="off"></script>`],
    "/tm.js": () => [readFileSync(new URL("../../dist/tm/tm.js", import.meta.url), "utf8"), { "content-type": "text/javascript" }],
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await wire?.stop();
  await collector?.stop();
});

beforeEach(async () => {
  run += 1;
  wire.seen.length = 0;
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(`${site.url}/`);
  await until("storage is open", () => page.evaluate(() => tallymark.stats().spool === "indexeddb"));
});

afterEach(async () => {
  Object.assign(wire, { down: false, missing: /^$/, answers: [] });
  await context.close();
});

/** Record events from..to - 1 of this test; 200 go out at once. */
const record = (from, to) =>
  page.evaluate(([run, from, to]) => { for (let i = from; i < to; i += 1) tallymark.track(`early ${run}`, { i }); }, [run, from, to]);
const stats = () => page.evaluate(() => tallymark.stats());
const fetched = () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/tm-client.js")));
const posts = () => wire.seen.filter(({ method }) => method === "POST");

/** Wait until this test's events are stored, and hold each to be there once. */
async function stored(count) {
  let rows = [];
  await until(`${count} events`, async () => {
    rows = (await collector.rows()).filter(({ body }) => body.e === `early ${run}`);
    return rows.length >= count || rows.length;
  });
  assert.equal(rows.length, count);
  assert.equal(new Set(rows.map(({ body }) => body.p.i)).size, count);
  return rows;
}

/** Wait for the whole client's figures, and hold them to add up (TM-LED-04). */
async function settled(expected) {
  let seen;
  await until(`figures like ${JSON.stringify(expected)}`, async () => {
    seen = await stats();
    return Object.entries(expected).every(([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value)) || seen;
  });
  const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
  assert.equal(seen.assigned, seen.stored + sum(seen.rejected) + sum(seen.dropped) + seen.pending);
}

test("a page where all goes well never fetches the rest, and keeps nothing", async () => {
  await record(0, 200);
  await settled({ assigned: 200, stored: 200, pending: 0, requests: 1 });
  await stored(200);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  assert.equal(await fetched(), false);
  const rows = await page.evaluate(() => new Promise((resolve) => {
    indexedDB.open("tallymark").onsuccess = ({ target: { result } }) => {
      result.transaction("spool").objectStore("spool").count().onsuccess = ({ target }) => resolve(target.result);
    };
  }));
  assert.equal(rows, 0);
});

test("a lost answer: the rest sends the same bytes again, and the figures hold (TM-HDR-01)", async () => {
  wire.answers = ["lost"];
  await record(0, 200);
  await settled({ assigned: 200, stored: 200, pending: 0 });
  await stored(200);
  assert.equal(await fetched(), true);
  const bodies = posts().map(({ body }) => body.toString("hex"));
  assert.deepEqual(bodies, [bodies[0], bodies[0]]);
});

test("a Retry-After that the first script got holds for the rest (TM-RTY-05)", async () => {
  wire.answers = [{ status: 429, headers: { "retry-after": "2" } }];
  await record(0, 200);
  await stored(200);
  const [first, second] = posts();
  assert.ok(second.at - first.at >= 2_000, `${second.at - first.at} ms`);
});

test("a refused batch is cut in two by the rest; one bad event is lost and counted (TM-RTY-07)", async () => {
  const refused = { status: 400, headers: { "content-type": "application/problem+json" }, body: '{"code":"malformed"}' };
  wire.answers = [refused, refused, refused, refused, refused, refused, refused, refused, refused];
  await record(0, 200);
  await settled({ assigned: 200, stored: 199, pending: 0, dropped: { send_rejected: 1 } });
  await stored(199);
  const [{ upto, hwm }] = (await collector.streams()).slice(-1);
  assert.deepEqual([upto, hwm], [200, 200]);
});

test("a verdict reaches the figures", async () => {
  await page.evaluate((run) => tallymark.track(`early ${run}`, { i: 0, deep: [[[[[[[1]]]]]]] }), run);
  await record(1, 200);
  await settled({ assigned: 200, stored: 199, rejected: { depth: 1 } });
});

test("a value that cannot be sent is a loss that is declared (TM-LED-03)", async () => {
  await page.evaluate((run) => tallymark.track(`early ${run}`, { toJSON() { throw new Error("no"); } }), run);
  await page.evaluate((run) => tallymark.track(`early ${run}`, { i: 1, get bad() { throw new Error("no"); } }), run);
  await record(2, 5);
  await page.evaluate(() => tallymark.flush());
  const { dropped } = await stats();
  assert.ok(dropped.unserialisable >= 1, JSON.stringify(dropped));
  const { stream, assigned } = await stats();
  const [state] = (await collector.streams()).filter((one) => one.stream === stream);
  assert.equal(state.upto, assigned);
});

test("a logout begins another stream under another device; both arrive (TM-LED-10)", async () => {
  await record(0, 50);
  await page.evaluate(() => tallymark.reset());
  await record(50, 100);
  assert.equal(await page.evaluate(() => tallymark.flush()), true);
  const rows = await stored(100);
  const streams = new Set(rows.map(({ stream }) => stream));
  assert.equal(streams.size, 2);
  await until("the first stream's end is told", async () => {
    const states = (await collector.streams()).filter(({ stream }) => streams.has(stream));
    return states.filter(({ fin }) => fin).length === 1 || states;
  });
  await settled({ assigned: 100, stored: 100, pending: 0 });
});

test("a logout that erases: what waited is counted as lost, and not sent", async () => {
  await record(0, 50);
  await page.evaluate(() => tallymark.reset({ purge: true }));
  await record(50, 60);
  assert.equal(await page.evaluate(() => tallymark.flush()), true);
  await stored(10);
  await settled({ assigned: 60, stored: 10, pending: 0, dropped: { reset: 50 } });
});

test("another visit begins another stream (after 30 minutes without an event)", async () => {
  await record(0, 5);
  const before = (await stats()).stream;
  await page.evaluate(() => {
    const { now } = performance;
    performance.now = () => now.call(performance) + 1_900_000;
  });
  await record(5, 10);
  assert.notEqual((await stats()).stream, before);
  await page.evaluate(() => tallymark.flush());
  await stored(10);
});

test("what is recorded while the rest takes over is stored once", async () => {
  await page.evaluate((run) => {
    let i = 0;
    window.over = new Promise((done) => {
      const timer = setInterval(() => {
        for (let many = 0; many < 10; many += 1) tallymark.track(`early ${run}`, { i: i++ });
        if (i === 100) void tallymark.flush();
        if (i === 1_000) done(clearInterval(timer));
      }, 1);
    });
  }, run);
  await page.evaluate(() => window.over.then(() => tallymark.flush()));
  await stored(1_000);
  assert.equal(await fetched(), true);
  await settled({ assigned: 1_000, stored: 1_000, pending: 0 });
});

test("while the rest cannot be fetched events wait in storage; then it is tried again", async () => {
  wire.missing = /tm-client/;
  await record(0, 5);
  assert.equal(await page.evaluate(() => tallymark.flush(300)), false);
  await record(5, 10);
  assert.equal((await stats()).pending, 10);
  wire.missing = /^$/;
  await stored(10);
});

test("a site that serves the first file alone gets the rest from the collector", async () => {
  await page.goto(`${site.url}/alone`);
  await record(0, 5);
  assert.equal(await page.evaluate(() => tallymark.flush()), true);
  await stored(5);
});

test("a page that is left before the rest is there loses nothing", async () => {
  wire.missing = /tm-client/;
  wire.answers = ["lost", { status: 503 }, { status: 503 }];
  await record(0, 300);
  await until("a request", () => posts().length > 0);
  await page.goto(`${site.url}/bare`);
  Object.assign(wire, { missing: /^$/, answers: [] });
  await page.goto(`${site.url}/`);
  await stored(300);
});

test("hidden and shown again: nothing is sent twice, nothing is left", async () => {
  await record(0, 100);
  await page.evaluate(() => {
    for (const state of ["hidden", "visible", "hidden"]) {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
  });
  await stored(100);
  assert.equal(posts().length, 1);
  await settled({ assigned: 100, stored: 100, pending: 0 });
});

test("1,000 events hidden twice before the first answer: all arrive (the mark of one hide is not another's)", async () => {
  await record(0, 1_000);
  await page.evaluate(() => {
    for (const state of ["hidden", "visible", "hidden"]) {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
  });
  await stored(1_000);
});

test("hidden twice while the first request is on its way: both fit into what a browser lets out (TM-WEB-01)", async () => {
  await page.evaluate((run) => {
    const hide = () => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    };
    for (const from of [0, 150]) {
      for (let i = from; i < from + 150; i += 1) tallymark.track(`early ${run}`, { i, text: "x".repeat(200) });
      hide();
    }
  }, run);
  await stored(300);
  const [first, second] = posts();
  assert.ok(first.bytes + second.bytes <= 60_000, `${first.bytes} + ${second.bytes} bytes`);
  await settled({ assigned: 300, stored: 300, pending: 0 });
});

test("a closed client records nothing, not after a logout either", async () => {
  await record(0, 5);
  assert.equal(await page.evaluate(() => {
    const closing = tallymark.close();
    tallymark.reset();
    window.late = tallymark.track("late");
    return closing;
  }), true);
  assert.equal(await page.evaluate(() => window.late), null);
  await stored(5);
  const { refused } = await stats();
  assert.equal(refused, 1);
});

test("the rest of another version leaves the page to its first script", async () => {
  const none = await page.evaluate(async (url) => (await import(`${url}/tm-client.js`)).whole({ version: "0.0.0" }), wire.url);
  assert.equal(none, null);
});
