/** Ids derived or built by rule: event ids, stream ids, the streams of devices. */

import { sha256 } from "./sha256.js";

const encoder: TextEncoder = new TextEncoder();

/** Derive the public id of an event from its place, as both ends do (TM-LED-07). */
export function eventId(stream: string, seq: number): string {
  if (!Number.isSafeInteger(seq) || seq < 1) {
    throw new RangeError(`seq must be in 1..${Number.MAX_SAFE_INTEGER}, got ${seq}`);
  }
  const hex = stream.replace(/-/g, "");
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new RangeError(`stream must be a UUID, got ${stream}`);
  const input = new Uint8Array(29);
  input.set(encoder.encode("tm1id"));
  for (let i = 0; i < 16; i += 1) input[5 + i] = parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  const view = new DataView(input.buffer);
  view.setUint32(21, Math.floor(seq / 2 ** 32));
  view.setUint32(25, seq >>> 0);
  return uuid8(sha256(input));
}

/** Build a UUIDv7 from ms since 1970 and 10 random bytes (RFC 9562, section 5.7). */
export function uuid7(ms: number, random: Uint8Array): string {
  if (random.length !== 10) throw new RangeError(`10 random bytes are needed, got ${random.length}`);
  if (!(ms >= 0 && ms < 2 ** 48)) throw new RangeError(`ms must fit in 48 bits, got ${ms}`);
  const raw = new Uint8Array(16);
  const view = new DataView(raw.buffer);
  view.setUint16(0, Math.floor(ms / 2 ** 32));
  view.setUint32(2, ms >>> 0);
  raw.set(random, 6);
  return uuid(raw, 0x70);
}

/** Build a UUIDv8 from the first 16 bytes of a digest (RFC 9562, section 5.8). */
export function uuid8(digest: Uint8Array): string {
  if (digest.length < 16) throw new RangeError(`16 bytes are needed, got ${digest.length}`);
  return uuid(digest.slice(0, 16), 0x80);
}

/** Derive the stream a device without one of its own writes to (TM-IOT-01). */
export function deviceStream(key: string, device: string, boot: number): string {
  return uuid8(sha256(encoder.encode(`tm1dev\0${key}\0${device}\0${boot}`)));
}

function uuid(raw: Uint8Array, version: number): string {
  raw[6] = (raw[6] & 0x0f) | version;
  raw[8] = (raw[8] & 0x3f) | 0x80;
  const hex = Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
