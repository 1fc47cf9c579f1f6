/**
 * Prints each goal of the SDK with its figure. REPEATS of each cell of the fate matrix (1). Report
 * only: the exit code is 0 whatever is missed.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

import { costs } from "./cost.mjs";
import { PACKAGES } from "./packages.mjs";
import { contents, unwanted, weigh } from "./size.mjs";

const here = new URL(".", import.meta.url).pathname;
const REPEATS = process.env.REPEATS ?? "1";
const rows = [];

function goal(number, what, figure, met) {
  rows.push(`| ${number} | ${what} | ${figure} | ${met === null ? "not measured" : met ? "met" : "missed"} |`);
}

function run(command, args, more = {}) {
  return spawnSync(command, args, { cwd: here, encoding: "utf8", maxBuffer: 1 << 28, ...more });
}

/** Play the fate matrix in one browser; return its cells as {title, passed, notes}. */
function fates(browser) {
  const { stdout } = run("node", ["--test", "--test-reporter=tap", `tests/browser/${browser}.test.js`], { env: { ...process.env, REPEATS } });
  const cells = [];
  for (const line of stdout.split("\n")) {
    const found = /^(not )?ok \d+ - (.*?)( # SKIP.*)?$/.exec(line);
    if (found && !found[3]) cells.push({ title: found[2], passed: !found[1], notes: "" });
    else if (line.startsWith("# ") && cells.length > 0) cells[cells.length - 1].notes += `${line} `;
  }
  return cells;
}

const files = new Map(await contents());
const brotli = (...names) => names.reduce((sum, name) => sum + weigh(files.get(name)).brotli, 0);
const bytes = (name) => `${weigh(files.get(name)).brotli} B brotli, ${weigh(files.get(name)).gzip} B gzip`;
goal(1, "lite ≤ 1,900 B brotli, 2,150 B gzip", bytes("tm-lite.js"), brotli("tm-lite.js") <= 1_900 && weigh(files.get("tm-lite.js")).gzip <= 2_150);
goal(2, "core ≤ 4,500 B brotli, 5,000 B gzip", `${bytes("tm.js")}; when it is needed ${bytes("tm-client.js")} more`, brotli("tm.js") <= 4_500);
const more = [brotli("tm.js", "tm-auto.js"), brotli("tm.js", "tm-auto.js", "tm-vitals.js")];
goal(3, "core and autocapture ≤ 9,000 B brotli (without flags); and vitals ≤ 12,000", `${more[0]}; ${more[1]} B`, more[0] <= 9_000 && more[1] <= 12_000);

const played = { Chromium: fates("chromium"), Firefox: fates("firefox") };
/** Return [passed of all] of both browsers for cells whose title matches. */
function cells(pattern) {
  const each = Object.entries(played).map(([browser, all]) => {
    const found = all.filter(({ title }) => pattern.test(title));
    return [browser, found.filter(({ passed }) => passed).length, found.length, found.map(({ notes }) => notes).join(" ")];
  });
  const figure = each.map(([browser, good, all]) => `${browser} ${good} of ${all} cells`).join(", ");
  return { figure, met: each.every(([, good, all]) => good === all && all > 0), notes: each.map(([, , , notes]) => notes).join(" ") };
}
const repeated = `× ${REPEATS}`;
const unload = cells(/^(navigate|navigate after 100 ms|close|cold) ×/);
goal(4, `left, 100 ms later, closed, cold: 5, 100, 1,000 events ${repeated}`, unload.figure, unload.met);
// Another cell's one more event waits for its turn, five seconds: it says nothing of the return.
const offline = cells(/^offline, reload/);
const slowest = Math.max(0, ...[...offline.notes.matchAll(/within (\d+) ms/g)].map(([, ms]) => Number(ms)));
goal(5, `offline, reload: all stored once ≤ 3 s after the return ${repeated}`, `${offline.figure}; slowest ${slowest} ms`, offline.met && slowest <= 3_000);
const killed = cells(/^SIGKILL/);
const lost = (wait) => {
  const of = cells(new RegExp(`^SIGKILL after (${wait}) ms`)).notes.matchAll(/lost (\d+) of (\d+)/g);
  const [gone, all] = [...of].reduce(([a, b], [, gone, all]) => [a + Number(gone), b + Number(all)], [0, 0]);
  return `${gone} of ${all}`;
};
goal(6, `SIGKILL: none lost at ≥ 50 ms ${repeated}`, `${killed.figure}; lost at 0 ms ${lost("0")}, later ${lost("50|200|2000")}`, killed.met && lost("50|200|2000").startsWith("0 of"));
const tabs = cells(/tabs/);
goal(7, `two tabs, 20 tabs at once: each orphan sent by exactly one ${repeated}`, tabs.figure, tabs.met);
const all = cells(/./);
goal(8, "no OPTIONS in any cell", all.figure, all.met);

const [fast, slow] = await costs();
const ms = (number) => number.toFixed(1);
goal(9, "script ≤ 2 ms, its task ≤ 15; 1,000 calls ≤ 5 ms, their task ≤ 50; 6 × slower ≤ 6 ms, no long task",
  `${ms(fast.init)}, ${ms(fast.initTask)}; ${ms(fast.tracks)}, ${ms(fast.trackTask)} ms; 6 × slower ${ms(slow.init)} ms, ${slow.long} long tasks`,
  fast.init <= 2 && fast.initTask <= 15 && fast.tracks <= 5 && fast.trackTask <= 50 && slow.init <= 6 && slow.long === 0);
goal(10, "1,000 events ≤ 3 requests, ≤ 30 B per event", `${fast.requests} requests, ${ms(fast.bytes)} B`, fast.requests <= 3 && fast.bytes <= 30);

const integrity = JSON.parse(readFileSync(`${here}dist/tm/tm-integrity.json`, "utf8"));
const scripts = [...files.keys()].filter((name) => name.startsWith("tm"));
const hashed = scripts.filter((name) => integrity[name] === `sha384-${createHash("sha384").update(files.get(name)).digest("base64")}`);
const strict = cells(/^strict CSP/);
goal(11, "no eval, no host; strict CSP with Trusted Types; SRI", `${unwanted([...files]).length} found; ${strict.figure}; ${hashed.length} of ${scripts.length} hashes`, unwanted([...files]).length === 0 && strict.met && hashed.length === scripts.length);

const lint = Object.keys(PACKAGES).flatMap((name) => [
  [`publint ${name}`, run("npx", ["--no-install", "publint", `dist/${name}`, "--strict"]).status === 0],
  [`attw ${name}`, run("npx", ["--no-install", "attw", "--pack", `dist/${name}`, "--profile", "esm-only"]).status === 0],
]);
const findings = lint.filter(([, clean]) => !clean).map(([name]) => name);
const api = run("node", ["api.mjs", "--check"]).status === 0;
const runtimes = ["node", "bench/node_modules/.bin/deno", `bench/node_modules/@oven/bun-${process.platform}-${process.arch}/bin/bun`].map((path) => {
  const name = path.split("/").pop();
  if (name !== "node" && !existsSync(`${here}${path}`)) return [name, null];
  const args = name === "deno" ? ["run", "--allow-all", "--no-config", "smoke.mjs"] : ["smoke.mjs"];
  return [name, run(name === "node" ? "node" : `${here}${path}`, args).status === 0];
});
const told = runtimes.map(([name, good]) => `${name} ${good === null ? "not installed (npm ci in bench)" : good ? "runs" : "fails"}`).join(", ");
goal(12, "publint and attw find nothing; API frozen; Node, Deno, Bun", `${findings.length === 0 ? "no findings" : findings.join(", ")}; API ${api ? "as frozen" : "changed"}; ${told}`, findings.length === 0 && api && runtimes.every(([, good]) => good !== false));

console.log(`| # | Goal | Figure | |\n|---|---|---|---|\n${rows.join("\n")}`);
for (const [browser, list] of Object.entries(played)) {
  for (const { title, passed } of list) if (!passed) console.log(`${browser}: ${title} failed`);
}
