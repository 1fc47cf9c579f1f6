/** The page of the documentation, from what was measured. */

import { SCENARIOS } from "./matrix.mjs";

/** Return the page's text. */
export function report({ rows, small, count, machine, date, notes }) {
  const sizes = [...small].sort((a, b) => a.brotli - b.brotli);
  return `# Web SDKs compared

Each package was installed from its registry, bundled and run in Chromium; nobody's figures were taken over. Written by \`make bench-web\`, which measures again what is below: on ${date}, ${machine}.

Foreign hosts could not be reached. Peers sent to a local endpoint that answers in their own words; ours to a real collector. Defaults were kept, except that automatic events and remote settings were turned off.

## What becomes of ${count} events when the page ends

Arrived of ${count}, by what happened after the last call: the page was left at once, or 100 ms later; the tab was closed; the first page of a visit did everything in one task; the endpoint was away, the page was left, and a page of the same site was opened after its return (35 s). Where not all arrived, the best of three tries counts. \`+n\`: n events were sent in more than one request. A request cut off by the end of a page counts if it reached the endpoint.

| SDK | ${SCENARIOS.join(" | ")} |
|---|${"---|".repeat(SCENARIOS.length)}
${rows.map((row) => `| ${row.name} ${row.version} | ${SCENARIOS.map((name) => cell(row.fate[name])).join(" | ")} |`).join("\n")}

## What it costs the page

The time until 1,000 calls return (the least of 5 pages); requests and preflights of the first scenario above; other hosts that were asked for in any.

| SDK | 1,000 calls, ms | requests | OPTIONS | other hosts |
|---|---|---|---|---|
${rows.map((row) => `| ${row.name} | ${row.ms.toFixed(1)} | ${row.fate.navigate.requests} | ${row.fate.navigate.options} | ${hosts(row)} |`).join("\n")}

## What it weighs

Bytes of one minified file.

| SDK | plain | gzip | brotli |
|---|---|---|---|
${sizes.map(({ name, plain, gzip, brotli }) => `| ${name} | ${plain} | ${gzip} | ${brotli} |`).join("\n")}

${notes.join("\n\n")}
`;
}

function cell({ arrived, twice }) {
  return twice > 0 ? `${arrived} +${twice}` : `${arrived}`;
}

function hosts({ fate }) {
  const asked = new Set(SCENARIOS.flatMap((name) => fate[name].foreign));
  return asked.size === 0 ? "none" : `${asked.size}`;
}
