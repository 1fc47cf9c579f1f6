// Types of everything on the wire. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

export interface Answer {
  "v": number;
  "stream"?: Stream | null;
  "received": Count;
  "stored": Count;
  "duplicate": Count;
  "ack"?: Ack | null;
  "rejected"?: (Rejection)[] | null;
  "retry"?: Ranges | null;
  "warn"?: (Warning)[] | null;
  "now": Integer;
  "control"?: Control | null;
  "receipt"?: string | null;
}

export interface Ack {
  "upto": Count;
  "settled": Ranges;
  "durability": "committed" | "queued";
}

export interface Rejection {
  "n"?: Seq | null;
  "id"?: ExplicitId | null;
  "i"?: Count | null;
  "code": string;
  "path"?: string | null;
  "limit"?: Count | null;
}

export interface Warning {
  "code": string;
  "count": Count;
  "n"?: Seq | null;
}

export type Groups = { [key: string]: string | null };

export interface Consent {
  "analytics"?: "granted" | "denied" | "unknown" | null;
  "ads"?: "granted" | "denied" | "unknown" | null;
  "personalization"?: "granted" | "denied" | "unknown" | null;
}

export interface Context {
  "device_id"?: Id | null;
  "user_id"?: Id | null;
  "session_id"?: Id | null;
  "groups"?: Groups | null;
  "consent"?: Consent | null;
  "gpc"?: boolean | null;
  "locale"?: Text | null;
  "tz"?: Text | null;
  "ip"?: "full" | "truncate" | "none" | null;
  [key: string]: unknown;
}

export interface Control {
  "etag"?: string | null;
  "ttl_s"?: number | null;
  "sample"?: {
  "default"?: number | null;
  "by_event"?: { [key: string]: number } | null;
} | null;
  "flush_ms"?: number | null;
  "max_batch"?: number | null;
  "pause_ms"?: number | null;
  "disable_events"?: (string)[] | null;
}

export interface Config {
  "v": number;
  "control": Control;
  "flags"?: { [key: string]: unknown } | null;
}

export interface Envelope {
  "v": number;
  "stream"?: Stream | null;
  "seq"?: Seq | null;
  "hwm"?: Count | null;
  "fin"?: boolean | null;
  "t0": Integer;
  "clock"?: "anchored" | "wall" | "none" | null;
  "ctx"?: { [key: string]: unknown } | null;
  "events": (unknown)[];
  "drops"?: (Drop)[] | null;
}

export interface Drop {
  "reason": "queue_overflow" | "expired" | "sampled" | "hook" | "too_large" | "unserialisable" | "send_rejected" | "storage_error" | "shutdown_deadline" | "consent_withdrawn" | "reset" | "sdk_error";
  "ranges"?: (Range)[] | null;
  "count"?: number | null;
}

export interface Event {
  "k"?: "track" | "page" | "screen" | "identify" | "profile" | "group" | "alias" | "exposure" | null;
  "n"?: Seq | null;
  "id"?: ExplicitId | null;
  "t"?: Integer | null;
  "dt"?: Integer | null;
  "u"?: Id | null;
  "d"?: Id | null;
  "s"?: Id | null;
  "g"?: Groups | null;
  "sr"?: number | null;
  "ctx"?: Context | null;
  [key: string]: unknown;
}

export interface Flat {
  "k"?: "track" | "page" | "screen" | "identify" | "profile" | "group" | "alias" | "exposure" | null;
  "n"?: Seq | null;
  "id"?: ExplicitId | null;
  "t"?: Integer | null;
  "dt"?: Integer | null;
  "u"?: Id | null;
  "d"?: Id | null;
  "s"?: Id | null;
  "g"?: Groups | null;
  "sr"?: number | null;
  "ctx"?: Context | null;
  "v"?: number | null;
  "stream"?: Stream | null;
  "b"?: number | null;
  [key: string]: unknown;
}

export interface Track {
  "e": EventName;
  "p"?: Properties | null;
}

export interface Page {
  "e"?: EventName | null;
  "p"?: Properties | null;
}

export interface Identify {
  "u": Id;
  "ops"?: Ops | null;
}

export interface Profile {
  "ops": Ops;
}

export interface Group {
  "gt": Name;
  "gi": Id;
  "ops"?: Ops | null;
}

export interface Alias {
  "from": Id;
  "to": Id;
  "undo"?: boolean | null;
}

export interface Exposure {
  "f": Name;
  "var": Name;
  "rule"?: Text | null;
  "bucket"?: number | null;
}

export interface Ops {
  "$set"?: Properties | null;
  "$set_once"?: Properties | null;
  "$add"?: { [key: string]: number } | null;
  "$append"?: Properties | null;
  "$union"?: { [key: string]: (Scalar)[] } | null;
  "$remove"?: { [key: string]: Scalar } | null;
  "$unset"?: (Key)[] | null;
  "$delete"?: boolean | null;
}

export interface Problem {
  "type": string;
  "title": string;
  "status": number;
  "code": string;
  "retryable": boolean;
  "retry_after_ms"?: Count | null;
  "detail"?: string | null;
  "errors"?: (Error)[] | null;
}

export interface Error {
  "code": string;
  "path": string;
  "limit"?: Count | null;
}

export type Integer = number;

export type Seq = number;

export type Count = number;

export type Stream = string;

export type Id = string;

export type ExplicitId = string;

export type Name = string;

export type EventName = string;

export type Key = string;

export type Text = string;

export type Scalar = string | number | boolean | null;

export type Range = [Seq, Seq];

export type Ranges = (Range)[];

export interface Spec {
  "version": string;
  "sha256": string;
  "limits": { [key: string]: Count };
  "codes": { [key: string]: unknown };
  "features": (string)[];
}

export interface StreamState {
  "v": number;
  "stream": Stream;
  "known": boolean;
  "ack": Ack;
  "hwm": Count;
  "fin": boolean;
  "stored": Count;
  "rejected": { [key: string]: Count };
  "dropped": { [key: string]: Count };
  "unaccounted": Count;
  "first_seen"?: Integer | null;
  "last_seen"?: Integer | null;
  "now": Integer;
}

export type Value1 = string | number | boolean | null | { [key: string]: Value2 } | (Value2)[];

export type Value2 = string | number | boolean | null | { [key: string]: Value3 } | (Value3)[];

export type Value3 = string | number | boolean | null | { [key: string]: Value4 } | (Value4)[];

export type Value4 = string | number | boolean | null | { [key: string]: Value5 } | (Value5)[];

export type Value5 = string | number | boolean | null;

export type Properties = { [key: string]: Value1 };

