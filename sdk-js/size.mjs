/**
 * What is shipped weighs, as it is sent; and what none of it may hold: eval, a maker of functions from
 * text, the address of a host. Run by itself it prints both, and ends with 1 if anything was found.
 */

import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = new URL(".", import.meta.url).pathname;
const UNWANTED = /\beval\s*\(|new Function\b|https?:\/\/[\w.]/g;

/** What a bundler makes of these imports. */
const BUNDLES = {
  "@tallymark/browser: Client": 'export { Client } from "./dist/browser/index.js"',
  "… with page views and autocapture": 'export { Client } from "./dist/browser/index.js"; export { pages } from "./dist/browser/page.js"; export { autocapture } from "./dist/browser/auto.js"',
  "… and web vitals": 'export { Client } from "./dist/browser/index.js"; export { pages } from "./dist/browser/page.js"; export { autocapture } from "./dist/browser/auto.js"; export { vitals } from "./dist/browser/vitals.js"',
  "@tallymark/lite": 'export { lite } from "./dist/lite/index.js"',
};

/** Return each served file and bundle as [name, content]. */
export async function contents() {
  const files = readdirSync(`${here}dist/tm`)
    .filter((name) => name.endsWith(".js"))
    .map((name) => [name, readFileSync(`${here}dist/tm/${name}`)]);
  for (const [name, entries] of Object.entries(BUNDLES)) {
    const { outputFiles } = await build({ stdin: { contents: entries, resolveDir: here }, bundle: true, minify: true, format: "esm", write: false });
    files.push([name, Buffer.from(outputFiles[0].contents)]);
  }
  return files;
}

/** Return what a content weighs. */
export function weigh(content) {
  return { plain: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli: brotliCompressSync(content).length };
}

/** Return what none may hold and some do. */
export function unwanted(files) {
  return files.flatMap(([name, content]) => [...content.toString().matchAll(UNWANTED)].map(([what]) => `${name}: ${what}`));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = await contents();
  console.log("| File | Bytes | gzip | brotli |\n|---|---|---|---|");
  for (const [name, content] of files) {
    const { plain, gzip, brotli } = weigh(content);
    console.log(`| ${name} | ${plain} | ${gzip} | ${brotli} |`);
  }
  const found = unwanted(files);
  for (const line of found) console.error(`unwanted: ${line}`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
