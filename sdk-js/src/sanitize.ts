/**
 * Any value as one JSON can hold: the one slow path for odd values.
 *
 * | Value | Becomes | Counted |
 * |---|---|---|
 * | null, boolean, string, finite number within ±(2^53-1) or fractional | itself | no |
 * | undefined, function, symbol | left out of an object, null in an array | no |
 * | NaN, infinity, an invalid Date | null | yes |
 * | bigint, integer beyond 2^53-1 | its digits | beyond 2^53-1 |
 * | string with a lone surrogate | U+FFFD in its place | yes |
 * | Date | RFC 3339 in UTC | no |
 * | Map, Set | object, list | no |
 * | typed array | list | no |
 * | an object with toJSON | what that gives | no |
 * | Error | `Name: message` | yes |
 * | a value that contains itself, or lies deeper than 32 levels | null | yes |
 *
 * Counted = something of the value was lost: the event counts as `sanitized` (TM-VAL-03).
 */

const MAX_DEPTH = 32;
/** By the u flag a pair is one character: only a lone surrogate is found. */
const LONE = /[\ud800-\udfff]/gu;

/** The same as JSON text; `lossy` = something of it was lost. */
export interface Encoded {
  readonly text: string;
  readonly lossy: boolean;
}

/** Encode a value; what its own methods throw passes through. */
export function encode(value: unknown): Encoded {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A bigint or a circle: the slow path knows them. An error of toJSON comes again there.
  }
  // JSON.stringify hides what it changes: NaN as null, odd containers as {}, long integers.
  const plain = text !== undefined && !/null|\{\}|\\ud[89a-f]|[\d.]{16}|\de[+]/.test(text);
  return plain ? { text: text!, lossy: false } : encodeOdd(value);
}

function encodeOdd(value: unknown): Encoded {
  const odd = new Odd();
  return { text: JSON.stringify(odd.convert(value)), lossy: odd.lossy };
}

class Odd {
  lossy = false;
  private readonly _path: object[] = [];

  convert(value: unknown): unknown {
    if (typeof value === "number") return this._number(value);
    if (typeof value === "bigint") return this._integer(value);
    if (typeof value === "string") return this._text(value);
    if (typeof value === "object" && value !== null) return this._object(value);
    return value;
  }

  private _lost<T>(replacement: T): T {
    this.lossy = true;
    return replacement;
  }

  private _text(value: string): string {
    const text = value.replace(LONE, "\ufffd");
    return text === value ? text : this._lost(text);
  }

  private _number(value: number): unknown {
    if (!Number.isFinite(value)) return this._lost(null);
    return Number.isInteger(value) ? this._integer(value) : value;
  }

  private _integer(value: number | bigint): unknown {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    return this._lost(BigInt(value).toString().slice(0, 8_192));
  }

  private _object(value: object): unknown {
    if (this._path.includes(value) || this._path.length >= MAX_DEPTH) return this._lost(null);
    this._path.push(value);
    try {
      return this._content(value);
    } finally {
      this._path.pop();
    }
  }

  private _content(value: object): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? this._lost(null) : value.toJSON();
    if (value instanceof Error) return this._lost(this._text(`${value.name}: ${value.message}`));
    if ("toJSON" in value) return this.convert((value as { toJSON(): unknown }).toJSON());
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return this.convert(value.valueOf());
    }
    const pairs = value instanceof Map;
    if (Array.isArray(value) || (Symbol.iterator in value && !pairs)) {
      return [...(value as Iterable<unknown>)].map((item) => this.convert(item) ?? null);
    }
    const content = pairs ? [...value] : Object.entries(value);
    return Object.fromEntries(content.map(([key, item]) => [this._text(String(key)), this.convert(item)]));
  }
}

/** Return the length of a text in UTF-8. */
export function size(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair stands for two of its four bytes.
    if (unit > 127) bytes += unit > 2047 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
