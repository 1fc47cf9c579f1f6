/** What the adapters for Node and for browsers share: options, calls and statistics of the JavaScript SDK. */

import { odd } from "./odd.mjs";

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

/** Return the SDK's options for the suite's; `seen` collects what the result callback is told. */
export function options(config, seen) {
  const found = {
    batching: {},
    retry: {},
    spool: {},
    privacy: { ...config.consent },
    hooks: { onResult: (result) => seen.push(result) },
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

/** The calls of TMC/1 on a client of the SDK. */
export const CALLS = {
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

/** Return the reply to `stats`. */
export function stats(client, seen) {
  const { trouble, sanitized, refused, stream, spool, note, recovered, ...own } = client.stats();
  const results = seen.map(({ outcome, code, path }) => ({ outcome, code, path }));
  return { ...count(own), trouble, sanitized, refused, stream, spool, note, recovered: count(recovered), results };
}

/** Make one call and return the reply; `id` makes the public id of what the call returned. */
export function called(client, { method, args }, id) {
  try {
    const found = CALLS[method](client, odd(args));
    return method === "flag" ? { value: found } : { id: found ? id(found) : null };
  } catch (error) {
    return { id: null, raised: error.name };
  }
}
