/** Canonical JSON (RFC 8785) and merge patches (RFC 7396). */

type Json = { [key: string]: unknown };

const encoder: TextEncoder = new TextEncoder();

/** Encode a JSON value as RFC 8785 canonical JSON; throws on what it cannot hold. */
export function canonical(value: unknown): Uint8Array {
  return encoder.encode(text(value));
}

/** Return the base with the RFC 7396 merge patch applied; null deletes a key. */
export function mergePatch(base: Json, patch: Json): Json {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (isRecord(value)) {
      const below = merged.get(key);
      merged.set(key, mergePatch(isRecord(below) ? below : {}, value));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Write a finite number as RFC 8785 does. */
export function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no canonical form`);
  return JSON.stringify(value);
}

/** Write a value as canonical JSON text. */
export function text(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (isRecord(value)) {
    // Array.sort compares strings by UTF-16 code units, as the RFC demands.
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${quoted(key)}:${text(value[key])}`).join(",")}}`;
  }
  throw new TypeError(`JSON holds no ${typeof value}`);
}

function quoted(value: string): string {
  if (/[\ud800-\udfff]/u.test(value)) throw new RangeError("a lone surrogate has no canonical form");
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
