/** Prints what the script costs a page in Chromium: sync time and whole task, also six times slower. */

import { build } from "esbuild";

import { launch } from "./tests/browser/chromium.js";
import { startCollector } from "./tests/browser/collector.js";
import { startSite, startWire } from "./tests/browser/wire.js";

const REPEATS = Number(process.env.REPEATS ?? 15);

const collector = await startCollector();
const wire = await startWire(collector.url);
const site = await startSite({ "/": () => [`<!doctype html><title>Cost</title><script src="${wire.url}/tm.js"></script>`] });
const { outputFiles } = await build({ entryPoints: [new URL("dist/browser/index.js", import.meta.url).pathname], bundle: true, minify: true, format: "iife", globalName: "sdk", write: false });

/** Measure one page: ms of the constructor and of 1,000 calls, and of the tasks they are in. */
function measure([key, url]) {
  return new Promise((resolve) => {
    const seen = {};
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
    (async () => {
      seen.init = await task(() => { window.client = new sdk.Client(key, url); });
      await new Promise((wait) => setTimeout(wait, 300));
      seen.tracks = await task(() => { for (let i = 0; i < 1_000; i += 1) client.track("Measured", { i }); });
      await client.flush();
      resolve(seen);
    })();
  });
}

const browser = await launch();
console.log("| Processor | init, sync ms | its task | 1,000 calls, sync ms | their task | requests |\n|---|---|---|---|---|---|");
for (const slower of [1, 6]) {
  const rows = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url);
    await page.addScriptTag({ content: outputFiles[0].text.replace(/^"use strict";var sdk/, "window.sdk") });
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
    const before = wire.seen.length;
    const { init, tracks } = await page.evaluate(measure, [collector.key, wire.url]);
    rows.push([...init, ...tracks, wire.seen.length - before]);
    await context.close();
  }
  const median = (column) => rows.map((row) => row[column]).sort((a, b) => a - b)[rows.length >> 1];
  const cells = [0, 1, 2, 3].map((column) => median(column).toFixed(1));
  console.log(`| ${slower === 1 ? "as it is" : "6 times slower"} | ${cells.join(" | ")} | ${median(4)} |`);
}
await browser.close();
await site.stop();
await wire.stop();
await collector.stop();
