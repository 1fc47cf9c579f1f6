/** The Next example, built and started: pages by the browser's client, requests by the server's. */

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { launch } from "../browser/chromium.js";
import { startCollector, until } from "../browser/collector.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const EXAMPLE = `${ROOT}examples/next`;
const NEXT = `${EXAMPLE}/node_modules/next/dist/bin/next`;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

test("examples/next: page views, a choice and the request it makes are recorded, by both clients", async (t) => {
  if (!existsSync(NEXT)) return t.skip("npm ci in examples/next first");
  const packages = `${EXAMPLE}/node_modules/@tallymark`;
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages);
  for (const name of ["browser", "node"]) cpSync(`${ROOT}dist/${name}`, join(packages, name), { recursive: true });
  const state = mkdtempSync(join(tmpdir(), "tallymark-next-"));
  const collector = await startCollector();
  const env = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: "1",
    NEXT_PUBLIC_TALLYMARK_URL: collector.url,
    NEXT_PUBLIC_TALLYMARK_KEY: collector.key,
    TALLYMARK_URL: collector.url,
    TALLYMARK_KEY: collector.key,
    XDG_STATE_HOME: state,
  };
  execFileSync(process.execPath, [NEXT, "build"], { cwd: EXAMPLE, env, stdio: "pipe" });
  const port = await freePort();
  const serving = spawn(process.execPath, [NEXT, "start", "--hostname", "127.0.0.1", "--port", String(port)], { cwd: EXAMPLE, env, stdio: "ignore" });
  const browser = await launch();
  try {
    const url = `http://127.0.0.1:${port}`;
    await until("the server", () => fetch(url).then(({ ok }) => ok, String));
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForLoadState("networkidle");
    const answered = page.waitForResponse("**/api/orders");
    await page.click("#choose");
    assert.equal((await answered).status(), 201);
    await page.click("#about");
    await page.waitForURL("**/about");
    await page.waitForFunction(() => document.querySelector("h1").textContent === "About");
    await page.goto("about:blank");
    let events = [];
    await until("five events", async () => {
      events = (await collector.rows()).map(({ body }) => body);
      return events.length === 5 || events;
    });
    const views = events.filter(({ k }) => k === "page").map(({ p }) => p.$path);
    assert.deepEqual(views, ["/", "/about"]);
    const named = Object.fromEntries(events.filter(({ e }) => e).map((event) => [event.e, event]));
    assert.equal(named["Plan Chosen"].p.plan, "pro");
    assert.deepEqual([named["Order Completed"].u, named["Order Completed"].p.total], ["user-1", 42]);
    assert.deepEqual([named["Request Handled"].p.route, named["Request Handled"].p.status], ["/api/orders", 201]);
  } finally {
    await browser.close();
    serving.kill("SIGTERM");
    await once(serving, "exit");
    await collector.stop();
    rmSync(state, { recursive: true, force: true });
    rmSync(`${EXAMPLE}/.next`, { recursive: true, force: true });
  }
});
