/** What the README shows works: in Node and in a browser, before a real collector. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { build } from "esbuild";

import { launch } from "./chromium.js";
import { startCollector, until } from "./collector.js";
import { startSite } from "./wire.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const BLOCK = /^```(html|js browser|js node)\n([\s\S]*?)^```/gm;
const BLOCKS = [...readFileSync(`${ROOT}README.md`, "utf8").matchAll(BLOCK)].map(([, kind, code]) => ({ kind, code }));

let collector;
let browser;
let folder;

before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "tallymark-readme-"));
  mkdirSync(join(folder, "node_modules", "@tallymark"), { recursive: true });
  for (const name of ["browser", "lite", "node"]) symlinkSync(`${ROOT}dist/${name}`, join(folder, "node_modules", "@tallymark", name));
  symlinkSync(`${ROOT}node_modules/express`, join(folder, "node_modules", "express"));
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const filled = (code) => code.replaceAll("https://events.example", collector.url).replaceAll("tmk_0123456789abcdefghijAB", collector.key);

/** Return the names of the events a program leaves in a collector of its own. */
async function added(expected, run) {
  collector = await startCollector();
  try {
    const names = async () => [...new Set((await collector.rows()).map(({ body }) => body.e ?? body.k))].sort();
    await run();
    await until(`${expected}`, async () => (await names()).length >= expected.length || (await names()));
    return await names();
  } finally {
    await collector.stop();
  }
}

async function opened(html) {
  const site = await startSite({ "/": () => [`<!doctype html><title>Shop</title>${html}`], "/bare": () => ["<!doctype html>"] });
  const page = await browser.newPage();
  try {
    await page.goto(site.url);
    await page.goto(`${site.url}/bare`);
    await page.goto(site.url);
    await page.waitForTimeout(1_000);
  } finally {
    await page.close();
    await site.stop();
  }
}

const EXPECTED = {
  html: [["page"], ["Plan Chosen", "identify", "page"]],
  "js browser": [["Plan Chosen", "page"]],
  "js node": [["Export", "Order Completed"], ["Order Seen", "Request Handled"]],
};
const RUN = {
  html: (code) => opened(code),
  "js browser": async (code) => {
    writeFileSync(join(folder, "page.js"), code);
    const { outputFiles } = await build({ entryPoints: [join(folder, "page.js")], bundle: true, format: "esm", write: false });
    await opened(`<script type="module">${outputFiles[0].text}</script>`);
  },
  "js node": async (code) => {
    writeFileSync(join(folder, "server.mjs"), code);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["server.mjs"], { cwd: folder, env: { ...process.env, XDG_STATE_HOME: folder } });
    // A warning of the SDK would say why something is not delivered.
    assert.equal(stderr, "", stdout);
  },
};

for (const kind of Object.keys(EXPECTED)) {
  EXPECTED[kind].forEach((names, place) => {
    test(`README, ${kind} ${place + 1}: it records ${names.join(", ")}`, async () => {
      const { code } = BLOCKS.filter((block) => block.kind === kind)[place];
      assert.deepEqual(await added(names, () => RUN[kind](filled(code))), names);
    });
  });
}

test("every block of the README is tested", () => {
  const counts = Object.fromEntries(Object.entries(EXPECTED).map(([kind, all]) => [kind, all.length]));
  for (const kind of Object.keys(counts)) assert.equal(BLOCKS.filter((block) => block.kind === kind).length, counts[kind], kind);
});
