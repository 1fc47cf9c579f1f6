/** A client's options: plain objects, checked once, completed with their defaults. */

import { ConfigurationError } from "./errors.js";
import type { Result } from "./results.js";
import type { Clock } from "./steady.js";
import type { Transport } from "./transport.js";

export type Consent = "granted" | "denied" | "unknown";

/**
 * When events are sent, in what pieces, and how many may wait.
 *
 * A batch goes out once `flushAt` events or `flushBytes` wait, or the oldest has waited `flushMs`.
 * `queueMax` and `queueBytes` bound what waits; beyond it the `overflow` event is dropped and counted
 * as `queue_overflow`. `stream` is for imports (TM-LED-12): the first stream takes this UUID.
 */
export interface Batching {
  readonly flushAt: number;
  readonly flushBytes: number;
  readonly flushMs: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly queueMax: number;
  readonly queueBytes: number;
  readonly overflow: "newest" | "oldest";
  readonly stream: string | null;
}

/**
 * How long one request and one event may take: `timeoutMs` for one request, its answer included;
 * events end by `maxAgeMs` (`expired`), never by a number of attempts (TM-RTY-02); `inFlight`
 * requests of one stream may be under way at once (TM-RTY-03).
 */
export interface Retry {
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly inFlight: number;
}

/**
 * Where undelivered events survive: true = the browser's storage, or in Node the per-user state
 * directory; a path = that directory (Node); false = memory only. `sync` asks for the disk's
 * confirmation: events then survive a power cut, too.
 */
export interface Spool {
  readonly directory: boolean | string;
  readonly maxBytes: number;
  readonly sync: boolean;
}

/**
 * What may be recorded about people.
 *
 * The three consents are the state before `Client.consent` is called; null = consent is not this
 * client's business. While `analytics` is "unknown", events are held in memory (`whenUnknown:
 * "hold"`, at most 100) or recorded without any id ("anonymous"). `gpc` = the person's Global
 * Privacy Control signal (browsers: their own), which denies ads and personalization. `ip` is what
 * the collector may keep of the address.
 */
export interface Privacy {
  readonly analytics: Consent | null;
  readonly ads: Consent | null;
  readonly personalization: Consent | null;
  readonly whenUnknown: "hold" | "anonymous";
  readonly gpc: boolean;
  readonly ip: "truncate" | "full" | "none";
}

/** An event as it will be sent. */
export type EventFields = { [field: string]: unknown };

/**
 * `beforeSend` gets a copy of each event; it returns what is to be sent, or null to drop it
 * (`hook`). `onResult` is called once for each reject and loss. `strict` throws `UsageError` instead
 * of logging it. `sigterm` (Node) flushes on a SIGTERM that nobody handles.
 */
export interface Hooks {
  readonly beforeSend: ((event: EventFields) => EventFields | null) | null;
  readonly onResult: ((result: Result) => void) | null;
  readonly strict: boolean;
  readonly sigterm: boolean;
}

/** What a client is made with; each group may be given in part. */
export interface Options {
  readonly batching?: Partial<Batching>;
  readonly retry?: Partial<Retry>;
  readonly spool?: Partial<Spool>;
  readonly privacy?: Partial<Privacy>;
  readonly hooks?: Partial<Hooks>;
  /** Replaces HTTP, as `MemoryTransport` does. */
  readonly transport?: Transport & { readonly clock?: Clock };
}

/** The options in force: every group complete. */
export interface Settings {
  readonly batching: Batching;
  readonly retry: Retry;
  readonly spool: Spool;
  readonly privacy: Privacy;
  readonly hooks: Hooks;
}

const MIB = 1_048_576;
const HOUR_MS = 3_600_000;

/** An option's default and what it may be: a range of whole numbers, or a pattern of its JSON. */
type Rule = readonly [unset: number, low: number, high: number] | readonly [unset: unknown, pattern: string];

const CONSENT = [null, 'null|"granted"|"denied"|"unknown"'] as const;
const FLAG = [false, "true|false"] as const;
/** A function has no JSON. */
const FUNCTION = [null, "null|undefined"] as const;

/** Every option with its default; the browser's own defaults are in its client. */
export const RULES: { readonly [group: string]: { readonly [option: string]: Rule } } = {
  batching: {
    flushAt: [200, 1, 1_000_000],
    flushBytes: [262_144, 1, 1 << 30],
    flushMs: [5_000, 0, HOUR_MS],
    maxEvents: [500, 1, 2_000],
    maxBytes: [1_000_000, 1_024, 8 * MIB],
    queueMax: [500_000, 1, 100_000_000],
    queueBytes: [64 * MIB, 1_024, 2 ** 40],
    overflow: ["newest", '"newest"|"oldest"'],
    stream: [null, 'null|"[\\da-f]{8}-[\\da-f]{4}-[78][\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}"'],
  },
  retry: {
    timeoutMs: [10_000, 1, 600_000],
    maxAgeMs: [72 * HOUR_MS, 1, 720 * HOUR_MS],
    inFlight: [1, 1, 4],
  },
  spool: { directory: [true, 'true|false|".+"'], maxBytes: [64 * MIB, 65_536, 2 ** 40], sync: FLAG },
  privacy: {
    analytics: CONSENT,
    ads: CONSENT,
    personalization: CONSENT,
    whenUnknown: ["hold", '"hold"|"anonymous"'],
    gpc: FLAG,
    ip: ["truncate", '"truncate"|"full"|"none"'],
  },
  hooks: { beforeSend: FUNCTION, onResult: FUNCTION, strict: FLAG, sigterm: FLAG },
};

/** Check a client's options and complete them. */
export function settings({ transport: _, ...options }: Options): Settings {
  return complete("", RULES, options, (group, rules, given) =>
    complete(`${group}.`, rules, given ?? {}, (option, [unset, low, high], value) => {
      if (value === undefined) return unset;
      const right =
        typeof low === "string"
          ? new RegExp(`^(${low})$`).test(String(JSON.stringify(value)))
          : Number.isInteger(value) && (value as number) >= low && (value as number) <= high!;
      return right ? value : refuse(`${group}.${option}`, value, high === undefined ? low : `${low} to ${high}`);
    }),
  ) as unknown as Settings;
}

function complete<R>(
  where: string,
  rules: { readonly [name: string]: R },
  given: object,
  read: (name: string, rule: R, value: never) => unknown,
): object {
  for (const name of Object.keys(given)) {
    if (!rules[name]) refuse(where + name, name, `one of ${Object.keys(rules)}`);
  }
  const values = given as { readonly [name: string]: never };
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, read(name, rule, values[name])]));
}

function refuse(name: string, value: unknown, allowed: unknown): never {
  throw new ConfigurationError(`${name}: ${JSON.stringify(value)} given, must be ${allowed}`);
}

/** Where events go and with which key. */
export interface Endpoint {
  readonly key: string;
  readonly url: string;
}

/** Check a key and an address. */
export function endpoint(key: unknown, url: unknown): Endpoint {
  if (typeof key !== "string" || !/^tm[ks]_[\dA-Za-z]{22}$/.test(key)) {
    throw new ConfigurationError(
      `key: ${mask(key)} given, must be a write key (tmk_…) or a secret key (tms_…) with 22 letters or digits`,
    );
  }
  if (typeof url !== "string" || !/^https?:\/\/[^/?#@\s]+(\/[^?#@\s]*)?$/.test(url)) {
    throw new ConfigurationError(
      `url: ${String(url)} given, must be http:// or https:// and a host, without password, query or fragment`,
    );
  }
  return { key, url };
}

/** Show the beginning of a key only. */
export function mask(key: unknown): string {
  return typeof key === "string" ? `${key.slice(0, Math.min(8, key.length >> 1))}…` : typeof key;
}
