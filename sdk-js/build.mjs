/**
 * Builds what is shipped: dist/browser, dist/lite, dist/node (npm packages: ESM and types) and
 * dist/tm (what a collector serves: the script and its modules, each with its SRI hash).
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

import { build } from "esbuild";

import { PACKAGES } from "./packages.mjs";

const here = new URL(".", import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${here}package.json`, "utf8"));

const SHARED = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2020",
  // Members whose names begin with _ are private to the package.
  mangleProps: /^_/,
  legalComments: "none",
};

/** One name for one member in all served files: they hand parts to each other. */
let names = {};

/** Bundle an entry and return where it is. */
async function bundle(entry, outfile, format, more = {}) {
  const { mangleCache } = await build({ ...SHARED, entryPoints: [entry], outfile, format, mangleCache: names, ...more });
  names = mangleCache;
  return outfile;
}

/** Write the served files and the hashes by which a page can check them. */
async function served() {
  const files = [
    await bundle("src/browser/script.ts", "dist/tm/tm.js", "iife"),
    await bundle("src/browser/whole.ts", "dist/tm/tm-client.js", "esm"),
    await bundle("src/lite/script.ts", "dist/tm/tm-lite.js", "iife"),
    await bundle("src/browser/auto.ts", "dist/tm/tm-auto.js", "esm"),
    await bundle("src/browser/vitals.ts", "dist/tm/tm-vitals.js", "esm"),
  ];
  const integrity = Object.fromEntries(files.map((file) => [file.slice("dist/tm/".length), sri(file)]));
  writeFileSync(`${here}dist/tm/tm-integrity.json`, `${JSON.stringify(integrity, null, 2)}\n`);
  for (const file of files) writeFileSync(`${here}${file}.br`, brotliCompressSync(readFileSync(`${here}${file}`)));
  // The collector serves what lies in its package.
  cpSync(`${here}dist/tm`, `${here}../collector/src/tallymark_collector/web/sdk`, { recursive: true });
}

function sri(file) {
  return `sha384-${createHash("sha384").update(readFileSync(`${here}${file}`)).digest("base64")}`;
}

const MANIFEST = {
  version,
  description: "Product analytics that loses no event without telling",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.19" },
};

/** Write an npm package: an ESM file for each entry, what they share in others, types beside them. */
async function packaged(name, entries, { peers = {}, ...more } = {}) {
  const outdir = `dist/${name}`;
  const stems = Object.fromEntries(Object.keys(entries).map((path) => [path, path === "." ? "index" : path.slice(2)]));
  const entryPoints = Object.entries(entries).map(([path, source]) => ({ in: `src/${source}.ts`, out: stems[path] }));
  await build({ ...SHARED, entryPoints, outdir, format: "esm", splitting: true, external: Object.keys(peers), ...more });
  cpSync(`${here}build-types`, `${here}${outdir}/types`, { recursive: true });
  for (const file of ["../LICENSE", "README.md"]) cpSync(`${here}${file}`, `${here}${outdir}/${file.split("/").pop()}`);
  const exports = Object.fromEntries(
    Object.entries(entries).map(([path, source]) => [path, { types: `./types/${source}.d.ts`, default: `./${stems[path]}.js` }]),
  );
  const optional = Object.fromEntries(Object.keys(peers).map((peer) => [peer, { optional: true }]));
  const manifest = { name: `@tallymark/${name}`, ...MANIFEST, exports, peerDependencies: peers, peerDependenciesMeta: optional };
  writeFileSync(`${here}${outdir}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
}

function types() {
  const tsc = `${here}node_modules/typescript/bin/tsc`;
  execFileSync(process.execPath, [tsc, "--emitDeclarationOnly", "--stripInternal", "--outDir", "build-types"], { cwd: here, stdio: "inherit" });
}

rmSync(`${here}dist`, { recursive: true, force: true });
rmSync(`${here}build-types`, { recursive: true, force: true });
mkdirSync(`${here}dist/tm`, { recursive: true });
types();
await served();
for (const [name, { entries, ...more }] of Object.entries(PACKAGES)) await packaged(name, entries, more);
rmSync(`${here}build-types`, { recursive: true, force: true });
