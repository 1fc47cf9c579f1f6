/**
 * An event, built and encoded once, in the call. Later changes to the caller's objects have no
 * effect. What cannot be sent becomes a drop reason, never an error.
 */

import { MAX_EVENT, MAX_NAME } from "./_generated/limits.js";
import type { Scope } from "./context.js";
import { UsageError } from "./errors.js";
import type { EventFields } from "./options.js";
import { type Encoded, encode, size } from "./sanitize.js";

export type Id = string | number | bigint;
export type Properties = { readonly [name: string]: unknown };

/** What any call may state beside its own arguments. */
export interface Stated {
  readonly user?: Id;
  readonly device?: Id;
  readonly time?: Date | number;
  readonly groups?: { readonly [kind: string]: Id };
}

/** Encode an event; a drop reason if that is impossible or it is too large. */
export function encodeEvent(event: EventFields): Encoded | string {
  let encoded: Encoded;
  try {
    encoded = encode(event);
  } catch {
    return "unserialisable";
  }
  return size(encoded.text) > MAX_EVENT ? "too_large" : encoded;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSENDABLE = /[\0-\x1f\x7f-\x9f\ud800-\udfff]/gu;

/**
 * Return the event name to send: too long a name is cut, control characters and lone surrogates are
 * replaced. A name that was changed differs from the one given.
 */
export function eventName(name: unknown): string {
  if (typeof name !== "string" || !name) wrong("name", name, "a string that is not empty");
  if (name[0] === "$") wrong("name", name, "one without $ in front, which is the protocol's");
  let text = name.replace(UNSENDABLE, "\ufffd");
  if (size(text) <= MAX_NAME) return text;
  // A character has at least one byte: what is cut here would go anyway, one by one.
  text = text.slice(0, MAX_NAME);
  while (size(text) > MAX_NAME - 3) text = [...text].slice(0, -1).join("");
  return `${text}…`;
}

/** Return an id as text. */
export function identifier(argument: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "bigint" || Number.isInteger(value);
  if (typeof value !== "string" && !number) wrong(argument, value, "a string or a whole number");
  return String(value);
}

/** Return an id that must be given. */
export function required(argument: string, value: unknown): string {
  return identifier(argument, value) ?? wrong(argument, value, "given");
}

/** Return group memberships as text. */
export function memberships(groups: { readonly [kind: string]: Id }): { [kind: string]: string } {
  return Object.fromEntries(
    Object.entries(object("groups", groups)).map(([kind, id]) => [kind, required(`groups.${kind}`, id)]),
  );
}

/** Return the properties of a call. */
export function propertiesOf(properties: unknown): Properties {
  return object("properties", properties ?? {});
}

function object(argument: string, value: unknown): { [name: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(argument, value, "an object");
  return value as { [name: string]: unknown };
}

/** Return the event of a call at t (ms) within a scope. */
export function build(
  kind: string,
  t: number,
  scope: Scope,
  { user, device, groups }: Stated,
  fields: EventFields,
  properties: Properties | undefined,
): EventFields {
  const named = kind === "page" || kind === "screen" || kind === "track";
  const p = { ...(named && scope.properties), ...(properties && propertiesOf(properties)) };
  return {
    t,
    k: kind === "track" ? undefined : kind,
    ...fields,
    u: identifier("user", user) ?? scope.user,
    d: identifier("device", device) ?? scope.device,
    g: groups || scope.groups ? { ...scope.groups, ...(groups && memberships(groups)) } : undefined,
    p: Object.keys(p).length > 0 ? p : undefined,
  };
}

const OPERATIONS = "set set_once add append union remove unset delete".split(" ");

/** Return profile operations under their wire names; `set`, `$set` and `setOnce` are understood. */
export function operations(given: unknown): EventFields {
  const known = Object.entries(object("changes", given)).map(([name, value]) => {
    const plain = name.replace("$", "").replace("setOnce", "set_once");
    if (!OPERATIONS.includes(plain)) wrong("changes", name, `one of ${OPERATIONS.join(", ")}`);
    return [`$${plain}`, value];
  });
  return known.length > 0 ? Object.fromEntries(known) : wrong("changes", given, "an operation at least");
}

function wrong(argument: string, value: unknown, allowed: string): never {
  throw new UsageError(`${argument}: ${String(value)} (${typeof value}) given, must be ${allowed}`);
}
