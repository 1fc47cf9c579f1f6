/**
 * Prints what /tm.js costs a page in Chromium: until calls return, and whole tasks, also on a processor
 * six times slower. The least of REPEATS (15) is told: what else the machine does only adds to it.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { launch } from "./tests/browser/chromium.js";
import { startCollector } from "./tests/browser/collector.js";
import { startSite, startWire } from "./tests/browser/wire.js";

const REPEATS = Number(process.env.REPEATS ?? 15);
const code = readFileSync(new URL("dist/tm/tm.js", import.meta.url), "utf8");

/** Measure one page: ms of the script and of 1,000 calls, and of the tasks they are in. */
function measure([code, key, url]) {
  const channel = new MessageChannel();
  const task = (call) =>
    new Promise((done) => {
      const begun = performance.now();
      call();
      const sync = performance.now() - begun;
      // The microtasks of this task are over when the next task begins.
      channel.port1.onmessage = () => done([sync, performance.now() - begun]);
      channel.port2.postMessage(0);
    });
  const script = Object.assign(document.createElement("script"), { textContent: code });
  Object.assign(script.dataset, { key, url, pages: "off" });
  return (async () => {
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    const init = await task(() => document.head.append(script));
    await new Promise((wait) => setTimeout(wait, 300));
    const tracks = await task(() => { for (let i = 0; i < 1_000; i += 1) tallymark.track("Measured", { i }); });
    while (tallymark.stats().pending > 0) await new Promise((wait) => setTimeout(wait, 20));
    return [...init, ...tracks, tallymark.stats().requests, long.length];
  })();
}

/** Return the least of each figure, by how much slower the processor is made. */
export async function costs(repeats = REPEATS) {
  const collector = await startCollector();
  const wire = await startWire(collector.url);
  const site = await startSite({ "/": () => ["<!doctype html><title>Cost</title>"] });
  const browser = await launch();
  const found = [];
  for (const slower of [1, 6]) {
    const rows = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(site.url);
      const session = await context.newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      const before = wire.seen.length;
      const [init, initTask, tracks, trackTask, requests, long] = await page.evaluate(measure, [code, collector.key, wire.url]);
      const bytes = wire.seen.slice(before).reduce((sum, one) => sum + one.bytes, 0) / 1_000;
      rows.push({ init, initTask, tracks, trackTask, requests, long, bytes });
      await context.close();
    }
    const least = (name) => Math.min(...rows.map((row) => row[name]));
    found.push({ slower, ...Object.fromEntries(Object.keys(rows[0]).map((name) => [name, least(name)])) });
  }
  await browser.close();
  await site.stop();
  await wire.stop();
  await collector.stop();
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log("| Processor | script, sync ms | its task | 1,000 calls, sync ms | their task | requests | bytes per event | long tasks |\n|---|---|---|---|---|---|---|---|");
  for (const { slower, init, initTask, tracks, trackTask, requests, bytes, long } of await costs()) {
    const times = [init, initTask, tracks, trackTask].map((ms) => ms.toFixed(1)).join(" | ");
    console.log(`| ${slower === 1 ? "as it is" : `${slower} times slower`} | ${times} | ${requests} | ${bytes.toFixed(1)} | ${long} |`);
  }
}
