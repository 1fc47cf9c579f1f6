/** What SDKs weigh on the wire: one minified file each, as a page would load it. */

import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = new URL(".", import.meta.url).pathname;
const served = new URL("../dist/tm/", import.meta.url);

/** Return a peer's page script: a global `peer` with `start` and `track`. */
export async function script(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here },
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "peer",
    target: "es2020",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
    write: false,
  });
  return outputFiles[0].text;
}

/** Return what a text weighs: bytes as they are, by gzip and by brotli. */
export function weigh(content) {
  return { plain: Buffer.byteLength(content), gzip: gzipSync(content, { level: 9 }).length, brotli: brotliCompressSync(content).length };
}

/** Return the content of a served file of ours. */
export function ours(name) {
  return readFileSync(new URL(name, served), "utf8");
}
