/**
 * The fate matrix: what becomes of events when their page ends. Each is stored once, in every cell, in
 * a real browser before a real collector. REPEATS repeats each cell, FATE_ONLY names some.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startCollector, until } from "./collector.js";
import { startSite, startWire } from "./wire.js";

/** Runs in a page: true, or the streams of other pages that storage still holds. */
function left() {
  const own = tallymark.stats().stream;
  const names = Object.keys(localStorage).map((name) => /^tm:[^:]+:(.+)/.exec(name)?.[1]);
  return new Promise((resolve) => {
    indexedDB.open("tallymark").onsuccess = ({ target: { result } }) => {
      result.transaction("spool").objectStore("spool").getAllKeys().onsuccess = ({ target }) => {
        result.close();
        const found = [...names, ...target.result.map(([, stream]) => stream)].filter((name) => name && name !== own);
        resolve(found.length === 0 || found.length);
      };
    };
  });
}

/** So long after a task its transaction has reached the browser's files, on a busy machine, too. */
const CERTAIN_MS = 200;
const REPEATS = Number(process.env.REPEATS ?? 1);
const ONLY = new RegExp(process.env.FATE_ONLY ?? "");

/**
 * Play the matrix in a browser: `launch` starts one, `start` one on a profile that can be killed.
 * `closes` = what a closed tab had begun to send arrives; else the next page delivers it.
 */
export function fateMatrix({ launch, start, counts: COUNTS = [5, 100, 1_000], waits = [0, 50, 200, 2_000], offline = true, closes = true }) {
  let collector;
  let wire;
  let site;
  let browser;
  /** The position of the last event of the runs before: each looks at what came after. */
  let from = 0;
  const mark = async () => {
    from = (await collector.rows(from)).reduce((_, { pos }) => pos, from);
  };

  before(async () => {
    collector = await startCollector();
    wire = await startWire(collector.url);
    const script = `<script src="${wire.url}/tm.js" data-key="${collector.key}" data-pages="off"></script>`;
    const events = (url) =>
      `for (let i = 0; i < ${Number(url.searchParams.get("n"))}; i += 1) tallymark.track(${JSON.stringify(url.searchParams.get("run"))}, { i });`;
    const strict = `default-src 'none'; img-src 'self'; script-src 'self' ${wire.url}; connect-src ${wire.url}; require-trusted-types-for 'script'; trusted-types 'none'`;
    site = await startSite({
      "/": () => [`<!doctype html><title>Site</title>${script}`],
      // The script from another address: it is there although the collector is not.
      "/own": () => [`<!doctype html><title>Own</title><script src="${collector.url}/tm.js" data-key="${collector.key}" data-url="${wire.url}" data-pages="off"></script>`],
      "/bare": () => ["<!doctype html><title>Without the SDK</title>"],
      "/cold": (url) => [`<!doctype html><title>Cold</title>${script}<script>${events(url)}location.href = "/bare"</script>`],
      "/strict": () => [
        `<!doctype html><title>Strict</title><script src="/watch.js"></script>${script.replace(">", ' data-auto data-vitals>')}<a href="#here">Here</a>`,
        { "content-security-policy": strict },
      ],
      "/watch.js": () => [
        "window.violations = []; addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));",
        { "content-type": "text/javascript" },
      ],
    });
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await site?.stop();
    await wire?.stop();
    await collector?.stop();
  });

  /** Record n events of one run in a page, in one task. */
  const record = (page, run, n) =>
    page.evaluate(([run, n]) => { for (let i = 0; i < n; i += 1) tallymark.track(run, { i }); }, [run, n]);

  /** Return the events of a run as [stream, seq, i], each once, and how many rows there were. */
  async function stored(run) {
    const rows = (await collector.rows(from)).filter(({ body }) => body.e === run);
    const numbers = new Set(rows.map(({ body }) => body.p.i));
    const places = new Set(rows.map(({ stream, seq }) => `${stream} ${seq}`));
    assert.equal(places.size, rows.length, "a place in a stream is stored twice");
    assert.equal(numbers.size, rows.length, "an event is stored under two numbers");
    return rows.length;
  }

  const arrived = (run, n) => until(`${n} events of ${run}`, async () => (await stored(run)) === n || (await stored(run)));

  /** Play one cell: `play(page, run, n)` ends the page's life; what is left is delivered by a later page. */
  function cell(name, play, { counts = COUNTS, atOnce = () => true } = {}) {
    for (const n of counts) {
      const title = `${name} × ${n}`;
      if (!ONLY.test(title)) continue;
      test(`${title}: each event is stored once (TM-WEB-01, TM-WEB-03)`, async (t) => {
        let slowest = 0;
        for (let repeat = 0; repeat < REPEATS; repeat += 1) {
          const run = `${name} ${n} ${repeat}`;
          const context = await browser.newContext();
          const page = await context.newPage();
          wire.seen.length = 0;
          await mark();
          try {
            await page.goto(`${site.url}/`);
            await play(page, run, n, context);
            const ended = Date.now();
            if (!atOnce(n)) await (await context.newPage()).goto(`${site.url}/`);
            await arrived(run, n);
            slowest = Math.max(slowest, Date.now() - ended);
            const asked = wire.seen.filter(({ method }) => method === "OPTIONS");
            assert.deepEqual(asked, [], "a preflight was sent (TM-WEB-05)");
          } finally {
            wire.down = false;
            await context.close();
          }
        }
        t.diagnostic(`all stored within ${slowest} ms`);
      });
    }
  }

  // What does not fit into one keepalive request is delivered by the next page.
  const fits = (n) => n <= 100;

  cell("navigate", async (page, run, n) => {
    await record(page, run, n);
    await page.goto(`${site.url}/bare`);
  }, { atOnce: fits });

  cell("navigate after 100 ms", async (page, run, n) => {
    await record(page, run, n);
    await page.waitForTimeout(100);
    await page.goto(`${site.url}/bare`);
  }, { atOnce: fits });

  cell("close", async (page, run, n, context) => {
    await context.newPage();
    await record(page, run, n);
    await page.close({ runBeforeUnload: true });
  }, { atOnce: (n) => closes && fits(n) });

  cell("cold", async (page, run, n) => {
    await page.goto(`${site.url}/cold?n=${n}&run=${encodeURIComponent(run)}`);
    await page.waitForURL("**/bare");
  }, { atOnce: fits });

  cell("back", async (page, run, n) => {
    await record(page, run, n - 1);
    await page.goto(`${site.url}/bare`);
    await page.goBack();
    await page.evaluate(([run, i]) => tallymark.track(run, { i }), [run, n - 1]);
  });

  cell("offline, reload, online", async (page, run, n) => {
    wire.down = true;
    await record(page, run, n);
    await page.waitForTimeout(100);
    await page.goto(`${site.url}/bare`);
    wire.down = false;
    await page.goto(`${site.url}/`);
  });

  // A driver that cannot put its browser offline takes the collector away instead.
  const away = (context, is) => (offline ? context.setOffline(is) : void (wire.down = is));
  cell("offline, online, one more", async (page, run, n, context) => {
    await away(context, true);
    await record(page, run, n - 1);
    await page.evaluate(() => tallymark.flush(300));
    await away(context, false);
    await page.evaluate(([run, i]) => tallymark.track(run, { i }), [run, n - 1]);
  });

  cell("two tabs, one closed", async (page, run, n, context) => {
    const other = await context.newPage();
    await other.goto(`${site.url}/`);
    const half = Math.ceil(n / 2);
    await record(page, run, half);
    await other.evaluate(([run, from, n]) => { for (let i = from; i < n; i += 1) tallymark.track(run, { i }); }, [run, half, n]);
    await page.close({ runBeforeUnload: true });
  }, { atOnce: (n) => closes && fits(n) });

  const block = async (page) => {
    await page.addInitScript(() => {
      const blocked = () => { throw new DOMException("blocked", "SecurityError"); };
      Object.defineProperty(globalThis, "indexedDB", { get: blocked });
      Object.defineProperty(globalThis, "localStorage", { get: blocked });
    });
    await page.reload();
  };

  cell("storage blocked", async (page, run, n) => {
    await block(page);
    await record(page, run, n);
    assert.equal(await page.evaluate(() => tallymark.stats().spool), null);
    await page.goto(`${site.url}/bare`);
  }, { counts: [5, 100] });

  test("storage blocked, more than a request takes: what is lost is a gap that the collector shows (TM-LED-08)", async (t) => {
    if (!ONLY.test("storage blocked, more")) return t.skip();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site.url}/`);
    await block(page);
    const { stream } = await page.evaluate(() => tallymark.stats());
    // Less than a sixth of it fits into a batch, much less into what goes with the page.
    // The page goes once an answer has come: Firefox drops some of the requests of a page that goes.
    await page.evaluate(() => {
      for (let i = 0; i < 4_000; i += 1) tallymark.track("gap", { i, text: "x".repeat(250) });
      const going = setInterval(() => {
        if (tallymark.stats().stored === 0) return;
        clearInterval(going);
        location.href = "/bare";
      }, 1);
    });
    let state;
    await until("the stream's highest number", async () => {
      state = await (await fetch(`${collector.url}/v1/streams/${stream}?k=${collector.key}`)).json();
      return state.hwm === 4_000 || state;
    });
    await until("every event stored or missing", async () => {
      state = await (await fetch(`${collector.url}/v1/streams/${stream}?k=${collector.key}`)).json();
      return state.unaccounted === 4_000 - (await stored("gap")) || state;
    });
    assert.ok(state.unaccounted > 0);
    t.diagnostic(`${state.unaccounted} of 4000 are missing, and shown`);
    await context.close();
  });

  cell("quota full", async (page, run, n) => {
    await page.evaluate(() => {
      for (let size = 1 << 20; size >= 1; size >>= 1) {
        try { for (let i = 0; ; i += 1) localStorage.setItem(`site ${size} ${i}`, "x".repeat(size)); } catch {}
      }
    });
    await record(page, run, n);
    await page.goto(`${site.url}/bare`);
  }, { atOnce: fits });

  test("strict CSP and Trusted Types: nothing is violated, modules load, events arrive", async (t) => {
    if (!ONLY.test("strict")) return t.skip();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site.url}/strict`);
    await page.waitForFunction(() => performance.getEntriesByType("resource").filter(({ name }) => /tm-(auto|vitals)/.test(name)).length === 2);
    await until("the click is recorded", async () => {
      await page.click("a");
      return (await page.evaluate(() => tallymark.stats().assigned)) > 0;
    });
    await record(page, "strict", 5);
    await page.goto(`${site.url}/strict`);
    await arrived("strict", 5);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    await context.close();
  });

  for (const wait of waits) {
    // One count unless it is the soak: each kill starts a browser twice.
    for (const n of process.env.REPEATS ? COUNTS : [100]) {
      const title = `SIGKILL after ${wait} ms × ${n}`;
      if (!ONLY.test(title)) continue;
      test(`${title}: the next start delivers what storage had taken, and nothing twice`, async (t) => {
        let lost = 0;
        for (let repeat = 0; repeat < REPEATS; repeat += 1) {
          const run = `kill ${wait} ${n} ${repeat}`;
          await mark();
          const profile = mkdtempSync(join(tmpdir(), "tallymark-profile-"));
          const running = [];
          const begin = async () => {
            running.unshift(await start(profile));
            return running[0];
          };
          try {
            const first = await begin();
            const page = await first.context.newPage();
            await page.goto(`${site.url}/own`);
            await until("storage is open", () => page.evaluate(() => tallymark.stats().spool === "indexeddb"));
            wire.down = true;
            await record(page, run, n);
            await page.waitForTimeout(wait);
            await running.pop().kill();
            wire.down = false;
            const second = await begin();
            const returned = await second.context.newPage();
            await returned.goto(`${site.url}/`);
            if (wait < CERTAIN_MS) {
              // What the kill was faster than is lost: all or nothing of one task's transaction.
              await until("storage is open", () => returned.evaluate(() => tallymark.stats().spool === "indexeddb"));
              await until("nothing of a dead page is left", () => returned.evaluate(left));
              const found = await stored(run);
              assert.ok(found === 0 || found === n, `${found} of ${n}`);
              lost += n - found;
            } else {
              await arrived(run, n);
            }
          } finally {
            wire.down = false;
            for (const left of running) await left.kill();
            rmSync(profile, { recursive: true, force: true });
          }
        }
        t.diagnostic(`lost ${lost} of ${n * REPEATS}`);
      });
    }
  }

  test("20 tabs at once: each of 3 orphans is sent by exactly one of them", async (t) => {
    if (!ONLY.test("20 tabs")) return t.skip();
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const run = `tabs ${repeat}`;
      await mark();
      const context = await browser.newContext();
      const orphans = new Set();
      wire.down = true;
      for (let orphan = 0; orphan < 3; orphan += 1) {
        const page = await context.newPage();
        await page.goto(`${site.url}/own`);
        orphans.add(await page.evaluate(() => tallymark.stats().stream));
        await page.evaluate(([run, from]) => { for (let i = from; i < from + 100; i += 1) tallymark.track(run, { i }); }, [run, orphan * 100]);
        await page.goto(`${site.url}/bare`);
        await page.close();
      }
      wire.down = false;
      const before = wire.seen.length;
      const tabs = await Promise.all(Array.from({ length: 20 }, () => context.newPage()));
      await Promise.all(tabs.map((tab) => tab.goto(`${site.url}/own`)));
      await arrived(run, 300);
      for (const orphan of orphans) {
        const sent = wire.seen.slice(before).filter(({ stream, method }) => stream === orphan && method === "POST");
        assert.equal(sent.length, 1, `orphan ${orphan} was sent ${sent.length} times`);
      }
      await context.close();
    }
  });
}
