/**
 * The SDK for Node behind TMC/1: `node node.mjs`.
 *
 * TMC_SDK_JS names the folder of the JavaScript SDK, built; without it `@tallymark/node` is taken
 * from where Node finds it, and the vectors of the pure functions are not offered.
 */

import { pathToFileURL } from "node:url";

import { advance, install } from "./clock.mjs";
import { odd } from "./odd.mjs";
import { functions } from "./vectors.mjs";

const folder = process.env.TMC_SDK_JS;
const from = (path) => pathToFileURL(`${folder}/${path}`).href;
const { Client, VERSION } = await import(folder ? from("dist/node/index.js") : "@tallymark/node");
const pure = folder ? await functions((path) => import(from(`build/${path}.js`))) : {};

// What the SDK logs must not be taken for a message.
console.log = console.info = console.error;

const CAPABILITIES =
  "track page screen identify profile group alias exposure flag consent reset register stats results hook spool " +
  "gzip headers virtual_clock wall_jump signals exit_flush odd times batching overflow max_age control gpc";

const clients = new Map();
const results = new Map();

const OPTIONS = {
  flush_at: ["batching", "flushAt"],
  flush_ms: ["batching", "flushMs"],
  max_events: ["batching", "maxEvents"],
  max_bytes: ["batching", "maxBytes"],
  queue_max: ["batching", "queueMax"],
  overflow: ["batching", "overflow"],
  timeout_ms: ["retry", "timeoutMs"],
  max_age_ms: ["retry", "maxAgeMs"],
  in_flight: ["retry", "inFlight"],
  spool_max_bytes: ["spool", "maxBytes"],
  when_unknown: ["privacy", "whenUnknown"],
  gpc: ["privacy", "gpc"],
  ip: ["privacy", "ip"],
};

/** Return the SDK's options for the suite's. */
function options(config, seen) {
  const found = {
    batching: {},
    retry: {},
    spool: { directory: config.spool_dir ?? false },
    privacy: { ...config.consent },
    hooks: { onResult: (result) => seen.push(result), sigterm: config.sigterm ?? false },
  };
  for (const [name, [group, own]] of Object.entries(OPTIONS)) {
    if (name in config) found[group][own] = config[name];
  }
  if (config.break_hook) {
    found.hooks.beforeSend = () => {
      throw new Error("a broken hook");
    };
  } else if ("drop_events" in config) {
    found.hooks.beforeSend = (event) => (event.e === config.drop_events ? null : event);
  }
  return found;
}

const stated = ({ user, device, groups, time }) => ({ user, device, groups, time });

const CALLS = {
  track: (client, args) => client.track(args.name, args.properties, stated(args)),
  page: (client, args) => client.page(args.name, args.properties, stated(args)),
  screen: (client, args) => client.screen(args.name, args.properties, stated(args)),
  identify: (client, args) => client.identify(args.user, args.properties, stated({ ...args, user: undefined })),
  profile: (client, args) => client.profile(args.changes, stated(args)),
  group: (client, args) => client.group(args.kind, args.id, args.properties, stated(args)),
  alias: (client, args) => client.alias(args.previous, args.user, { undo: args.undo, time: args.time }),
  exposure: (client, args) => client.exposure(args.flag, args.variant, stated(args)),
  flag: (client, args) => client.flag(args.flag, args.default),
  consent: (client, args) => client.consent(args),
  reset: (client, args) => client.reset(args),
  register: (client, args) => client.register(args.properties, args),
};

const count = ({ assigned, stored, rejected, dropped, pending }) => ({ assigned, stored, rejected, dropped, pending });

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
    clients.set(client, new Client(config.key, config.url, options(config, results.get(client))));
    return {};
  },
  call: ({ client, method, args }) => {
    try {
      const found = CALLS[method](clients.get(client), odd(args));
      if (method === "flag") return { value: found };
      return { id: found ? clients.get(client).eventId(found) : null };
    } catch (error) {
      return { id: null, raised: error.name };
    }
  },
  flush: async ({ client, timeout_ms: ms }) => ({ complete: await clients.get(client).flush(ms) }),
  close: async ({ client, timeout_ms: ms }) => ({ complete: await clients.get(client).close(ms) }),
  stats: ({ client }) => {
    const { trouble, sanitized, refused, stream, spool, note, recovered, ...own } = clients.get(client).stats();
    const told = results.get(client).map((result) => ({ outcome: result.outcome, code: result.code, path: result.path }));
    return { ...count(own), trouble, sanitized, refused, stream, spool, note, recovered: count(recovered), results: told };
  },
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
