/** What the SDK does in a page: page views, visits, consent, autocapture, vitals, the way back. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";

import { build } from "esbuild";

import { launch, start } from "./chromium.js";
import { startCollector, until } from "./collector.js";
import { startSite, startWire } from "./wire.js";

let collector;
let wire;
let site;
let browser;
let context;
let page;
let seen;

before(async () => {
  collector = await startCollector();
  wire = await startWire(collector.url);
  const script = (more = "") => `<script src="${wire.url}/tm.js" data-key="${collector.key}" ${more}></script>`;
  const html = (more, body = "") => () => [`<!doctype html><title>Shop</title>${script(more)}${body}`];
  const packaged = new URL("../../dist/browser/index.js", import.meta.url).pathname;
  const { outputFiles } = await build({
    stdin: {
      contents: `import { Client } from ${JSON.stringify(packaged)};
        const client = new Client("${collector.key}", "${wire.url}");
        onmessage = async ({ data }) => {
          for (let i = 0; i < data; i += 1) client.track("In a worker", { i });
          postMessage([await client.flush(), client.stats()]);
        };`,
      resolveDir: tmpdir(),
    },
    bundle: true,
    write: false,
  });
  site = await startSite({
    "/worker.js": () => [outputFiles[0].text, { "content-type": "text/javascript" }],
    "/": html(""),
    "/off": html('data-pages="off"'),
    "/auto": html(
      'data-pages="off" data-auto',
      `<button id="buy" data-tm-event="Buy" data-tm-prop-plan-name="pro"><b>Card 4111</b></button>
       <a href="#frag?mail=a@b.c" name="link">secret text</a>
       <form onsubmit="return false" name="signup"><input name="mail" value="a@b.c"><button type="submit">Send</button></form>
       <div data-tm-ignore><button id="quiet">Quiet</button></div><p id="dead">nothing</p>`,
    ),
    "/vitals": html('data-pages="off" data-vitals', "<h1>Large text</h1>"),
    "/consent": html('data-pages="off" data-consent="unknown"'),
    "/early": () => [
      `<!doctype html><script>tallymark = []; tallymark.push(["track", "Early", { n: 1 }]);</script>${script('data-pages="off"')}`,
    ],
    "/lite": () => [`<!doctype html><title>Lite</title><script src="${wire.url}/tm-lite.js" data-key="${collector.key}"></script>`],
    "/bare": () => ["<!doctype html><title>Bare</title>"],
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
  context = await browser.newContext();
  page = await context.newPage();
  seen = (await collector.rows()).length;
});

afterEach(() => context.close());

/** Wait for so many new events and return them. */
async function arrived(count) {
  let events = [];
  await until(`${count} events`, async () => {
    events = (await collector.rows()).slice(seen).map(({ body }) => body);
    return events.length >= count || events.length;
  });
  assert.equal(events.length, count);
  return events;
}

const flush = () => page.evaluate(() => tallymark.flush());

test("a page view has its place, without query and fragment, and the campaign", async () => {
  await page.goto(`${site.url}/bare`);
  await page.evaluate((url) => { location.href = url; }, `${site.url}/?utm_source=news&gclid=g1&mail=a@b.c#top`);
  await page.waitForURL("**/?utm**");
  await flush();
  const [{ k, p }] = await arrived(1);
  assert.equal(k, "page");
  assert.deepEqual(p, {
    utm_source: "news",
    gclid: "g1",
    $url: `${site.url}/`,
    $path: "/",
    $referrer: `${site.url}/bare`,
    $title: "Shop",
  });
});

test("a single-page application: one page view for each path, also by the back button", async () => {
  await page.goto(`${site.url}/`);
  await page.evaluate(() => {
    history.pushState({}, "", "/cart");
    history.replaceState({}, "", "/cart?step=2");
    history.pushState({}, "", "/pay");
  });
  await page.goBack();
  await flush();
  const events = await arrived(4);
  assert.deepEqual(events.map(({ p }) => p.$path), ["/", "/cart", "/pay", "/cart"]);
  assert.equal(events[1].p.$referrer, `${site.url}/`);
});

test("the device stays, the visit ends after 30 minutes without an event", async () => {
  const ids = async () => {
    await page.evaluate(() => { tallymark.track("a"); });
    await flush();
    return page.evaluate(() => [localStorage.getItem("tm:device"), localStorage.getItem("tm:session").split(" ")[0]]);
  };
  await page.goto(`${site.url}/off`);
  const first = await ids();
  await page.reload();
  assert.deepEqual(await ids(), first);
  await page.evaluate(() => {
    const [session, at] = localStorage.getItem("tm:session").split(" ");
    localStorage.setItem("tm:session", `${session} ${at - 1_800_001}`);
  });
  await page.reload();
  const later = await ids();
  assert.equal(later[0], first[0]);
  assert.notEqual(later[1], first[1]);
  await arrived(3);
});

test("no cookie is set, and none is sent (WEB-04)", async () => {
  await page.goto(`${site.url}/`);
  await flush();
  assert.deepEqual(await context.cookies(), []);
  await arrived(1);
});

test("while consent is unknown nothing is sent or stored; granted, what was held goes out (CON-01)", async () => {
  const requests = wire.seen.length;
  await page.goto(`${site.url}/consent`);
  await page.evaluate(() => { for (let i = 0; i < 3; i += 1) tallymark.track("held", { i }); });
  await flush();
  const storage = () => page.evaluate(async () => [Object.keys(localStorage), (await indexedDB.databases()).length && await new Promise((resolve) => {
    const opening = indexedDB.open("tallymark");
    opening.onsuccess = () => { opening.result.transaction("spool").objectStore("spool").count().onsuccess = ({ target }) => resolve(target.result); };
  })]);
  assert.deepEqual(await storage(), [[], 0]);
  assert.equal(wire.seen.length, requests);
  await page.evaluate(() => { tallymark.consent({ analytics: "granted" }); tallymark.track("free"); });
  await flush();
  assert.equal((await arrived(4)).length, 4);
});

/** Return the rows of the database, and the names in localStorage that are no ids. */
const storage = () => page.evaluate(() => new Promise((resolve) => {
  const opening = indexedDB.open("tallymark");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("spool").objectStore("spool").count();
    counting.onsuccess = () => {
      opening.result.close();
      resolve([counting.result, ...Object.keys(localStorage).filter((name) => !/device|session/.test(name))]);
    };
  };
}));
const empty = async () => {
  const found = await storage();
  return (found.length === 1 && found[0] === 0) || found;
};

test("withdrawn consent empties every storage, the ids too (CON-01)", async () => {
  await page.goto(`${site.url}/off`);
  wire.down = true;
  await page.evaluate(() => { for (let i = 0; i < 300; i += 1) tallymark.track("gone", { i }); });
  await until("rows", async () => (await storage())[0] > 0);
  await page.evaluate(() => tallymark.consent({ analytics: "denied" }));
  wire.down = false;
  await until("storage is empty", empty);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  await page.goto(`${site.url}/off`);
  await page.waitForTimeout(800);
  await arrived(0);
});

test("withdrawn consent in a page that is left at once: the next page erases, and sends nothing (CON-01)", async () => {
  await page.goto(`${site.url}/off`);
  wire.down = true;
  await page.evaluate(() => { for (let i = 0; i < 300; i += 1) tallymark.track("gone", { i }); });
  await until("rows", async () => (await storage())[0] > 0);
  await page.evaluate((url) => { tallymark.consent({ analytics: "denied" }); location.href = url; }, `${site.url}/bare`);
  await page.waitForURL("**/bare");
  wire.down = false;
  await page.goto(`${site.url}/off`);
  await until("storage is empty", empty);
  await page.waitForTimeout(800);
  await arrived(0);
});

test("Global Privacy Control is honoured without being told to (CON-02)", async () => {
  await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
  await page.goto(`${site.url}/off`);
  await page.evaluate(() => { tallymark.track("a"); });
  const body = page.waitForRequest((request) => request.url().includes("/v1/b"));
  await flush();
  const { ctx } = (await body).postDataJSON();
  assert.deepEqual([ctx.gpc, ctx.consent], [true, { ads: "denied", personalization: "denied" }]);
});

test("calls before the script is loaded wait for it", async () => {
  await page.goto(`${site.url}/early`);
  await flush();
  assert.deepEqual((await arrived(1)).map(({ e, p }) => [e, p]), [["Early", { n: 1 }]]);
});

test("autocapture: clicks, forms and rage, with names and roles but no text and no value", async () => {
  await page.goto(`${site.url}/auto`);
  await until("the module", () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("tm-auto"))));
  await page.waitForTimeout(50);
  await page.click("#buy");
  await page.click("a");
  await page.click("#quiet");
  await page.click("form button");
  await page.click("#dead", { clickCount: 3 });
  await flush();
  const events = await arrived(5);
  assert.deepEqual(events.map(({ e }) => e), ["Buy", "Element Clicked", "Element Clicked", "Form Submitted", "Rage Click"]);
  assert.deepEqual([events[0].p.$id, events[0].p.plan_name], ["buy", "pro"]);
  assert.equal(events[1].p.$href, `${site.url}/auto`);
  const text = JSON.stringify(events);
  for (const canary of ["4111", "secret", "a@b.c"]) assert.ok(!text.includes(canary), canary);
});

test("web vitals are one event, sent with the page that is left", async () => {
  await page.goto(`${site.url}/vitals`);
  await until("the module", () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("tm-vitals"))));
  await page.waitForTimeout(200);
  await page.goto(`${site.url}/bare`);
  const [{ e, p }] = await arrived(1);
  assert.equal(e, "Web Vitals");
  assert.ok(p.ttfb_ms >= 0 && p.fcp_ms > 0 && p.lcp_ms >= p.fcp_ms, JSON.stringify(p));
});

test("lite: the page view and what is tracked arrive with the page that is left", async () => {
  await page.goto(`${site.url}/lite`);
  await page.evaluate(() => { for (let i = 0; i < 5; i += 1) tallymarkLite.track("lite", { i }); });
  await page.goto(`${site.url}/bare`);
  const events = await arrived(6);
  assert.deepEqual(events.map(({ e, p }) => e ?? p.$path), ["/lite", "lite", "lite", "lite", "lite", "lite"]);
});

test("lite: what no proof acknowledged goes again, and is stored once (ACK-01)", async () => {
  await page.goto(`${site.url}/lite`);
  wire.down = true;
  await page.evaluate(() => { tallymarkLite.track("again"); return tallymarkLite.flush(); });
  wire.down = false;
  await page.evaluate(() => tallymarkLite.flush());
  await arrived(2);
});

test("large batches are compressed, and no browser asks first (WEB-05)", async () => {
  const before = wire.seen.length;
  await page.goto(`${site.url}/off`);
  await page.evaluate(() => { for (let i = 0; i < 1_000; i += 1) tallymark.track("packed", { i }); });
  await flush();
  await arrived(1_000);
  const requests = wire.seen.slice(before);
  const bytes = requests.reduce((sum, one) => sum + one.bytes, 0);
  assert.ok(requests.length <= 3, `${requests.length} requests`);
  assert.ok(bytes / 1_000 <= 30, `${bytes / 1_000} bytes per event`);
  assert.deepEqual([...new Set(requests.map(({ method }) => method))], ["POST"]);
  assert.match(requests[0].type, /^text\/plain/);
});

test("a page that comes back from the cache of whole pages goes on under another stream (LED-09)", async () => {
  const profile = mkdtempSync(join(tmpdir(), "tallymark-back-"));
  // Playwright's own browsers have that cache turned off.
  const kept = await start(profile);
  let count = 0;
  try {
    const returning = await kept.context.newPage();
    let stream = "";
    // Whether a page is kept is the browser's choice, by its memory, too: it has three chances.
    for (let chance = 0, back = false; !back && chance < 3; chance += 1) {
      await returning.goto(`${site.url}/off`);
      await returning.evaluate(() => { addEventListener("pageshow", ({ persisted }) => { window.persisted = persisted; }); });
      stream = await returning.evaluate(() => tallymark.stats().stream);
      await returning.evaluate((from) => { for (let i = from; i < from + 10; i += 1) tallymark.track("kept", { i }); }, chance * 10);
      count += 10;
      await returning.goto(`${site.url}/bare`);
      // Playwright's goBack waits for a load that does not happen.
      await returning.evaluate(() => { setTimeout(() => history.back()); });
      const shown = () => returning.evaluate(() => location.pathname === "/off" && document.readyState === "complete").catch(String);
      await until("the page before", shown);
      back = await returning.evaluate(() => window.persisted === true);
    }
    assert.equal(await returning.evaluate(() => window.persisted), true, "the page was kept");
    assert.notEqual(await returning.evaluate(() => tallymark.stats().stream), stream);
    await returning.evaluate((i) => { tallymark.track("kept", { i }); return tallymark.flush(); }, count);
    const events = await arrived(count + 1);
    assert.equal(new Set(events.map(({ p }) => p.i)).size, count + 1);
  } finally {
    await kept.kill();
    rmSync(profile, { recursive: true, force: true });
  }
});

test("a full database loses nothing: localStorage or the request takes what it refuses", async () => {
  await page.goto(`${site.url}/off`);
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: site.url, quotaSize: 1 });
  wire.down = true;
  await page.evaluate(() => { for (let i = 0; i < 100; i += 1) tallymark.track("full", { i, text: "x".repeat(500) }); });
  await page.waitForTimeout(100);
  await page.goto(`${site.url}/bare`);
  wire.down = false;
  await page.goto(`${site.url}/off`);
  const events = await arrived(100);
  assert.equal(new Set(events.map(({ p }) => p.i)).size, 100);
});

test("the same package records in a worker, with the page's storage", async () => {
  await page.goto(`${site.url}/bare`);
  const [complete, { assigned, stored, spool }] = await page.evaluate(() => new Promise((resolve) => {
    const worker = new Worker("/worker.js");
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(50);
  }));
  assert.deepEqual([complete, assigned, stored], [true, 50, 50]);
  assert.equal(spool, "indexeddb");
  await arrived(50);
});
