/** The records of a spool segment (spec: spool.md), encoded and decoded. */

import { crc32 } from "node:zlib";

import { MAX_SEQ, SPOOL_MAX_PAYLOAD, SPOOL_MAX_RANGES, SPOOL_VERSION } from "../../_generated/limits.js";
import type { Ranges } from "../../ranges.js";

export const MAGIC: Buffer = Buffer.from("TMSPOOL");
export const PREAMBLE: Buffer = Buffer.concat([MAGIC, Buffer.from([SPOOL_VERSION])]);
/** F5 never occurs in UTF-8, so no event can hold a mark. */
export const MARK: Buffer = Buffer.from([0xf5, 0x54, 0x4d]);

export const HEADER = 1;
export const EVENT = 2;
export const SETTLED = 3;
export const DROPPED = 4;
export const DROPS_ACKED = 5;
export const CONTEXT = 6;
export const FIN = 7;
export const PURGE = 8;

export const FRAME_BYTES = 8;
export const CRC_BYTES = 4;
const HEADER_BYTES = 82;

/** A payload with a good CRC that does not have the shape of its type. */
export class MalformedRecord extends Error {}

/** Whose segment it is; the first record of every segment. Ids are in hexadecimal. */
export interface Header {
  readonly version: number;
  readonly stream: string;
  readonly segment: number;
  readonly destination: string;
  readonly boot: string;
  readonly namespace: bigint;
  readonly pid: number;
  readonly start: bigint;
  readonly wallMs: number;
}

/** Return one framed record: mark, type, length, payload, CRC-32 of all before it. */
export function encode(kind: number, ...payload: Uint8Array[]): Buffer {
  const body = Buffer.concat([MARK, Buffer.from([kind]), Buffer.alloc(4), ...payload]);
  body.writeUInt32BE(body.length - FRAME_BYTES, 4);
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([body, crc]);
}

/** Return the header record. */
export function encodeHeader(header: Header): Buffer {
  const { version, stream, segment, destination, boot, namespace, pid, start, wallMs } = header;
  const payload = Buffer.alloc(HEADER_BYTES);
  payload.writeUInt16BE(version, 0);
  payload.write(stream.replace(/-/g, ""), 2, "hex");
  payload.writeUInt32BE(segment, 18);
  payload.write(destination, 22, "hex");
  payload.write(boot, 38, "hex");
  payload.writeBigUInt64BE(namespace, 54);
  payload.writeUInt32BE(pid, 62);
  payload.writeBigUInt64BE(start, 66);
  payload.writeBigUInt64BE(BigInt(wallMs), 74);
  return encode(HEADER, payload);
}

/** Return the format version a header's payload names; bytes behind the known fields are ignored. */
export function headerVersion(payload: Buffer): number {
  if (payload.length < HEADER_BYTES) throw new MalformedRecord(`header of ${payload.length} bytes`);
  return payload.readUInt16BE(0);
}

/** Return the record of one event: its number, then its bytes as they go over the wire. */
export function encodeEvent(seq: number, event: string): Buffer {
  return encode(EVENT, number(seq), Buffer.from(event));
}

/** Return the records that say which numbers the collector has. */
export function encodeSettled(ranges: Ranges): Buffer[] {
  return pieces(ranges).map((piece) => encode(SETTLED, piece));
}

/** Return the records that say which loss reports the collector has. */
export function encodeDropsAcked(ranges: Ranges): Buffer[] {
  return pieces(ranges).map((piece) => encode(DROPS_ACKED, piece));
}

/** Return the records that declare a loss, or (PURGE) an erasure. */
export function encodeDropped(reason: string, ranges: Ranges, kind: number = DROPPED): Buffer[] {
  const name = Buffer.concat([Buffer.from([reason.length]), Buffer.from(reason, "ascii")]);
  const parts = kind === PURGE && ranges.length === 0 ? [Buffer.from([0])] : pieces(ranges);
  return parts.map((piece) => encode(kind, name, piece));
}

/** Return the record of the stream's shared context, one JSON object. */
export function encodeContext(context: string): Buffer {
  return encode(CONTEXT, Buffer.from(context));
}

/** Return the record that says that no number above this one will ever be assigned. */
export function encodeFin(assigned: number): Buffer {
  return encode(FIN, number(assigned));
}

/** Read the number a payload begins with. */
export function decodeNumber(payload: Buffer): number {
  const value = payload.length < 8 ? -1n : payload.readBigUInt64BE(0);
  if (value < 0n || value > BigInt(MAX_SEQ)) throw new MalformedRecord(`number ${value}`);
  return Number(value);
}

/** Read ranges: a count, then for each the step from the last number and the length - 1. */
export function decodeRanges(payload: Buffer): Ranges {
  const numbers = varints(payload);
  const count = numbers[0] ?? -1;
  if (count < 0 || count > SPOOL_MAX_RANGES || numbers.length < 1 + 2 * count) {
    throw new MalformedRecord(`count of ranges ${count}`);
  }
  const ranges: [number, number][] = [];
  let high = 0;
  for (let at = 1; at < 1 + 2 * count; at += 2) {
    const low = high + numbers[at];
    high = low + numbers[at + 1];
    if (high > MAX_SEQ) throw new MalformedRecord(`range up to ${high}`);
    ranges.push([low, high]);
  }
  return ranges;
}

/** Read reason and ranges. */
export function decodeDropped(payload: Buffer): [reason: string, ranges: Ranges] {
  if (payload.length === 0) throw new MalformedRecord("empty loss report");
  const end = 1 + payload[0];
  const name = payload.subarray(1, end);
  if (name.some((byte) => byte > 127)) throw new MalformedRecord("the reason is not ASCII");
  return [name.toString("ascii"), decodeRanges(payload.subarray(end))];
}

/** Return type and payload of the record at an offset, and where it ends; null if it is damaged. */
export function readFrame(data: Buffer, offset: number): { kind: number; payload: Buffer; end: number } | null {
  if (offset + FRAME_BYTES + CRC_BYTES > data.length) return null;
  if (!data.subarray(offset, offset + MARK.length).equals(MARK)) return null;
  const length = data.readUInt32BE(offset + 4);
  const stop = offset + FRAME_BYTES + length;
  if (length > SPOOL_MAX_PAYLOAD || stop + CRC_BYTES > data.length) return null;
  if (crc32(data.subarray(offset, stop)) !== data.readUInt32BE(stop)) return null;
  return { kind: data[offset + 3], payload: data.subarray(offset + FRAME_BYTES, stop), end: stop + CRC_BYTES };
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function pieces(ranges: Ranges): Buffer[] {
  const cut: Buffer[] = [];
  for (let first = 0; first < ranges.length; first += SPOOL_MAX_RANGES) {
    const piece = ranges.slice(first, first + SPOOL_MAX_RANGES);
    const numbers = [piece.length];
    let high = 0;
    for (const [low, nextHigh] of piece) {
      numbers.push(low - high, nextHigh - low);
      high = nextHigh;
    }
    cut.push(Buffer.from(numbers.flatMap(varint)));
  }
  return cut;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function varints(data: Buffer): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of data) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(value);
      value = 0;
      scale = 1;
    }
  }
  return numbers;
}
