/**
 * `npm run bench` (`make bench-web`): compares us with released SDKs and writes the page of the docs.
 * COUNT events in each scenario (100), ONLY names some SDKs, DRY=1 prints the page instead.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

import { launch } from "../tests/browser/chromium.js";
import { startCollector } from "../tests/browser/collector.js";
import { startSite } from "../tests/browser/wire.js";
import { startEndpoint } from "./endpoint.mjs";
import { cost, play } from "./matrix.mjs";
import { PEERS } from "./peers.mjs";
import { report } from "./report.mjs";
import { ours, script, weigh } from "./sizes.mjs";

const COUNT = Number(process.env.COUNT ?? 100);
const ONLY = new RegExp(process.env.ONLY ?? "");
const PAGE = new URL("../../docs/reference/web-benchmark.md", import.meta.url);

/** Return the pages of a site whose scripts come from these names. */
function pages(scripts, urls) {
  const from = ({ searchParams }) => searchParams.get("sdk");
  return {
    "/": () => ["<!doctype html><title>Site</title>"],
    // Ours is served from this site here: its second file lies beside it.
    "/tm-client.js": () => [ours("tm-client.js"), { "content-type": "text/javascript" }],
    "/bare": () => ["<!doctype html><title>Bare</title>"],
    "/sdk.js": (url) => [scripts[from(url)], { "content-type": "text/javascript" }],
    "/page": (url) => {
      const [run, count] = [url.searchParams.get("run"), Number(url.searchParams.get("count"))];
      const cold = run ? `for (let i = 0; i < ${count}; i += 1) peer.track("bench~${run}~" + i + "~"); location.href = "/bare";` : "";
      return [
        `<!doctype html><title>Page</title><script src="/sdk.js?sdk=${encodeURIComponent(from(url))}"></script>
         <script>peer.start(${JSON.stringify(urls[from(url)])}); ${cold}</script>`,
      ];
    },
  };
}

/** Return ours in the shape of the peers: the served files, and what starts them. */
function own(key) {
  const call = (file, global) =>
    `${ours(file)};var peer = { start: () => {}, track: (marker) => ${global}.track("Bench", { marker }) };`;
  const tag = (url) => `document.currentScript.dataset.key = "${key}"; document.currentScript.dataset.url = "${url}"; document.currentScript.dataset.pages = "off";`;
  return [
    { name: "Tallymark", file: "tm.js", page: (url) => `${tag(url)}${call("tm.js", "tallymark")}` },
    { name: "Tallymark lite", file: "tm-lite.js", page: (url) => `${tag(url)}${call("tm-lite.js", "tallymarkLite")}` },
  ];
}

const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url), "utf8"));
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const collector = await startCollector();
const scripts = {};
const urls = {};
const entrants = [];
let rest;
for (const { name, file, page } of own(collector.key)) {
  const endpoint = await startEndpoint({ target: collector.url });
  scripts[name] = page(endpoint.url);
  entrants.push({ name, version, endpoint, weight: weigh(ours(file)) });
  if (file === "tm.js") rest = weigh(ours("tm-client.js"));
}
for (const { name, source, speak } of PEERS) {
  const endpoint = await startEndpoint({ speak });
  scripts[name] = await script(source);
  entrants.push({ name, version: lock.packages[`node_modules/${name}`].version, endpoint, weight: weigh(scripts[name]) });
}
for (const { name, endpoint } of entrants) urls[name] = endpoint.url;
const site = await startSite(pages(scripts, urls));
// No name is resolved: whatever an SDK asks for outside of this machine does not exist.
// Some record nothing of a browser that says it is a robot.
const browser = await launch(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-blink-features=AutomationControlled"]);
const rows = [];
for (const entrant of entrants.filter(({ name }) => ONLY.test(name))) {
  const { name, endpoint } = entrant;
  const fate = await play(browser, site.url, endpoint, name, COUNT);
  rows.push({ ...entrant, fate, ms: await cost(browser, site.url, name) });
  console.error(name, JSON.stringify(fate), rows[rows.length - 1].ms);
}
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Chromium ${browser.version()}, Node ${process.versions.node}`;
const text = report({
  rows,
  small: entrants.map(({ name, version, weight }) => ({ name: `${name} ${version}`, ...weight })),
  count: COUNT,
  machine,
  date: new Date().toISOString().slice(0, 10),
  notes: [
    `Of ours a page loads \`tm.js\` first; \`tm-client.js\` (${rest.plain}, ${rest.gzip}, ${rest.brotli} bytes) follows in pages that need it: after an answer that is not the plain one, after a logout, and where an earlier page left events.`,
    "Umami is not among them: its tracker is not released as a package. Mixpanel is measured in its lightest build, Snowplow with structured events, RudderStack with the plugins in its file.",
  ],
});
if (process.env.DRY) console.log(text);
else writeFileSync(PAGE, text);
await browser.close();
await site.stop();
for (const { endpoint } of entrants) await endpoint.stop();
await collector.stop();
