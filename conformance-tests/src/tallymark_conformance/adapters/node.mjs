/**
 * The SDK for Node behind TMC/1: `node node.mjs`.
 *
 * TMC_SDK_JS names the folder of the JavaScript SDK, built; without it `@tallymark/node` is taken
 * from where Node finds it, and the vectors of the pure functions are not offered.
 */

import { pathToFileURL } from "node:url";

import { advance, install } from "./clock.mjs";
import { called, options, stats } from "./javascript.mjs";
import { functions } from "./vectors.mjs";

const folder = process.env.TMC_SDK_JS;
const from = (path) => pathToFileURL(`${folder}/${path}`).href;
const { Client, VERSION } = await import(folder ? from("dist/node/index.js") : "@tallymark/node");
const pure = folder ? await functions((path) => import(from(`build/${path}.js`))) : {};

// What the SDK logs must not be taken for a message.
console.log = console.info = console.error;

const CAPABILITIES =
  "track page screen identify profile group alias exposure flag consent reset register stats results hook spool " +
  "gzip headers virtual_clock wall_jump signals exit_flush odd times batching overflow max_age control sampling gpc";

const clients = new Map();
const results = new Map();

const OPS = {
  hello: () => ({
    name: "@tallymark/node",
    version: VERSION,
    language: "javascript",
    platform: "server",
    spec: "1.0.0",
    capabilities: [
      ...CAPABILITIES.split(" "),
      ...Object.keys(pure).map((name) => `vector:${name}`),
      ...(pure.bucket ? ["bucket"] : []),
    ],
  }),
  create: ({ client, config }) => {
    if (config.virtual_clock) install();
    results.set(client, []);
    const chosen = options(config, results.get(client));
    Object.assign(chosen.spool, { directory: config.spool_dir ?? false });
    Object.assign(chosen.hooks, { sigterm: config.sigterm ?? false });
    clients.set(client, new Client(config.key, config.url, chosen));
    return {};
  },
  call: (request) => {
    const client = clients.get(request.client);
    return called(client, request, (ref) => client.eventId(ref));
  },
  flush: async ({ client, timeout_ms: ms }) => ({ complete: await clients.get(client).flush(ms) }),
  close: async ({ client, timeout_ms: ms }) => ({ complete: await clients.get(client).close(ms) }),
  stats: ({ client }) => stats(clients.get(client), results.get(client)),
  bucket: ({ seed, unit }) => ({ bucket: pure.bucket({ seed, unit }) }),
  vector: ({ function: name, input }) => ({ output: pure[name](input) }),
  advance: ({ ms = 0, wall_ms: wall = 0 }) => {
    advance(ms, wall);
    return {};
  },
};

async function answer(request) {
  let reply = { unsupported: true };
  if (OPS[request.op]) {
    try {
      reply = { ok: await OPS[request.op](request) };
    } catch (error) {
      reply = { error: String(error) };
    }
  }
  process.stdout.write(`${JSON.stringify({ id: request.id, ...reply })}\n`);
}

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop();
  for (const line of lines) answer(JSON.parse(line));
});
