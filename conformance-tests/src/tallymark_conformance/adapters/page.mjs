/** The bridge in a page: TMC/1's messages as calls of `tmc`, one client for each page. */

import { Client, VERSION } from "/sdk/index.js";
import { eventId } from "/sdk/eventId.js";

import { called, options, stats } from "./javascript.mjs";

let client = null;
const seen = [];

const OPS = {
  create: ({ config }) => {
    const chosen = options(config, seen);
    if (config.spool_dir === null) Object.assign(chosen.spool, { directory: false });
    client = new Client(config.key, config.url, chosen);
    return {};
  },
  call: (request) => called(client, request, ({ stream, seq }) => eventId(stream, seq)),
  flush: async ({ timeout_ms: ms }) => ({ complete: await client.flush(ms) }),
  close: async ({ timeout_ms: ms }) => ({ complete: await client.close(ms) }),
  stats: () => stats(client, seen),
  page: ({ do: what }) => {
    if (what === "cookies") return { cookies: document.cookie };
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    return {};
  },
};

async function reply(request) {
  if (!OPS[request.op]) return { id: request.id, unsupported: true };
  try {
    return { id: request.id, ok: await OPS[request.op](request) };
  } catch (error) {
    return { id: request.id, error: String(error) };
  }
}

/** Answer messages in the order in which they came. */
globalThis.tmc = (requests) => Promise.all(requests.map(reply));
globalThis.tmcVersion = VERSION;
