/** The examples record what they say they do, in Chromium before a real collector. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { build } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

import { launch } from "./chromium.js";
import { startCollector, until } from "./collector.js";
import { startSite } from "./wire.js";

const ROOT = new URL("../../", import.meta.url).pathname;

let collector;
let browser;
let folder;

before(async () => {
  collector = await startCollector();
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "tallymark-examples-"));
  mkdirSync(join(folder, "node_modules", "@tallymark"), { recursive: true });
  symlinkSync(`${ROOT}dist/browser`, join(folder, "node_modules", "@tallymark", "browser"));
  for (const name of ["html", "react", "vue"]) cpSync(`${ROOT}examples/${name}`, join(folder, name), { recursive: true });
});

after(async () => {
  await browser?.close();
  await collector?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const filled = (text) => text.replaceAll("https://events.example", collector.url).replaceAll("tmk_0123456789abcdefghijAB", collector.key);

/** Compile components as the build tools of Vue's users do. */
const components = {
  name: "components",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, ({ path }) => {
      const { descriptor } = parse(readFileSync(path, "utf8"), { filename: path });
      return { contents: compileScript(descriptor, { id: "example", inlineTemplate: true }).content, loader: "js" };
    });
  },
};

async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    nodePaths: [`${ROOT}node_modules`],
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    plugins: [components],
    write: false,
  });
  return filled(outputFiles[0].text);
}

/** Use an example as a visitor does; return what was recorded, in order. */
async function visited(name, script) {
  const from = (await collector.rows()).length;
  const code = script && (await bundled(join(name, script)));
  const site = await startSite({
    "/": () => [filled(readFileSync(join(folder, name, "index.html"), "utf8"))],
    "/main.js": () => [code, { "content-type": "text/javascript" }],
    "/bare": () => ["<!doctype html><title>Bare</title>"],
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(site.url);
    if (!script) await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("tm-auto")));
    await page.waitForFunction(() => document.querySelector("#choose"));
    await until("the choice is recorded", async () => {
      await page.click("#choose");
      // The module that records clicks may be a moment late.
      return script !== null || page.evaluate(() => tallymark.stats().assigned > 1);
    });
    await page.click("#sign-in");
    await page.goto(`${site.url}/bare`);
    let events = [];
    await until("the events", async () => {
      events = (await collector.rows()).slice(from).map(({ body }) => body);
      return events.some(({ k }) => k === "identify") || events;
    });
    assert.deepEqual(errors, []);
    return events;
  } finally {
    await context.close();
    await site.stop();
  }
}

for (const [name, script] of [["html", null], ["react", "main.jsx"], ["vue", "main.js"]]) {
  test(`examples/${name}: the page view, the choice and the person are recorded`, async () => {
    const events = await visited(name, script);
    assert.deepEqual(events.filter(({ k }) => k === "page").map(({ p }) => [p.$path, p.$title]), [["/", "Plans"]]);
    const [choice] = events.filter(({ e }) => e === "Plan Chosen");
    assert.equal(choice.p.plan, "pro");
    const [identity] = events.filter(({ k }) => k === "identify");
    assert.deepEqual([identity.u, identity.ops], ["user-1", { $set: { plan: "pro" } }]);
    if (name === "html") assert.equal(choice.p.site, "example");
  });
}
