/**
 * Prints the bytes of what is shipped, as it is sent, and ends with 1 when a file holds what none may:
 * eval, a maker of functions from text, or the address of a host.
 */

import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = new URL(".", import.meta.url).pathname;
const UNWANTED = /\beval\s*\(|new Function\b|https?:\/\/[\w.]/g;

const files = readdirSync(`${here}dist/tm`)
  .filter((name) => name.endsWith(".js"))
  .map((name) => [name, readFileSync(`${here}dist/tm/${name}`)]);
for (const [name, entries] of Object.entries({
  "browser: Client": 'export { Client } from "./dist/browser/index.js"',
  "browser: Client, pages, autocapture": 'export { Client } from "./dist/browser/index.js"; export { pages } from "./dist/browser/page.js"; export { autocapture } from "./dist/browser/auto.js"',
  "… and vitals": 'export { Client } from "./dist/browser/index.js"; export { pages } from "./dist/browser/page.js"; export { autocapture } from "./dist/browser/auto.js"; export { vitals } from "./dist/browser/vitals.js"',
  "lite": 'export { lite } from "./dist/lite/index.js"',
})) {
  const { outputFiles } = await build({ stdin: { contents: entries, resolveDir: here }, bundle: true, minify: true, format: "esm", write: false });
  files.push([name, Buffer.from(outputFiles[0].contents)]);
}

console.log("| File | Bytes | gzip | brotli |\n|---|---|---|---|");
for (const [name, content] of files) {
  console.log(`| ${name} | ${content.length} | ${gzipSync(content, { level: 9 }).length} | ${brotliCompressSync(content).length} |`);
}
const found = files.flatMap(([name, content]) => [...content.toString().matchAll(UNWANTED)].map(([what]) => `${name}: ${what}`));
for (const line of found) console.error(`unwanted: ${line}`);
process.exitCode = found.length > 0 ? 1 : 0;
