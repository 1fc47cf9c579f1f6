// Types of everything on the wire. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

export interface Answer {
  /** major version */
  "v": number;
  /** the request's stream */
  "stream"?: Stream | null;
  /** events in this request */
  "received": Count;
  /** events stored by it */
  "stored": Count;
  /** events stored before */
  "duplicate": Count;
  /** what is settled in the stream, whichever request it came from */
  "ack"?: Ack | null;
  /** events that are not stored, one by one */
  "rejected"?: (Rejection)[] | null;
  /** numbers to send again */
  "retry"?: Ranges | null;
  /** odd things about stored events */
  "warn"?: (Warning)[] | null;
  /** the server's clock, ms since 1970 */
  "now": Integer;
  /** the control block, where it changed */
  "control"?: Control | null;
  /** signed receipt */
  "receipt"?: string | null;
}

export interface Ack {
  /** all of 1..upto is settled */
  "upto": Count;
  /** what is settled above it */
  "settled": Ranges;
  /** committed survives a power cut */
  "durability": "committed" | "queued";
}

export interface Rejection {
  /** number of the event */
  "n"?: Seq | null;
  /** its explicit id, if it has no number */
  "id"?: ExplicitId | null;
  /** its index in the request, if it has neither */
  "i"?: Count | null;
  /** verdict */
  "code": string;
  /** field at fault */
  "path"?: string | null;
  /** limit that was passed */
  "limit"?: Count | null;
}

export interface Warning {
  /** warning */
  "code": string;
  /** events it is about */
  "count": Count;
  /** number of the first */
  "n"?: Seq | null;
}

export type Groups = { [key: string]: string | null };

export interface Consent {
  "analytics"?: "granted" | "denied" | "unknown" | null;
  "ads"?: "granted" | "denied" | "unknown" | null;
  "personalization"?: "granted" | "denied" | "unknown" | null;
}

export interface Context {
  /** device */
  "device_id"?: Id | null;
  /** user */
  "user_id"?: Id | null;
  /** session */
  "session_id"?: Id | null;
  /** group memberships, type to id */
  "groups"?: Groups | null;
  /** consent at the time of the events */
  "consent"?: Consent | null;
  /** Global Privacy Control */
  "gpc"?: boolean | null;
  /** language and region */
  "locale"?: Text | null;
  /** time zone */
  "tz"?: Text | null;
  /** what the server keeps of the sender's address; truncate by default */
  "ip"?: "full" | "truncate" | "none" | null;
  [key: string]: unknown;
}

export interface Control {
  "etag"?: string | null;
  "ttl_s"?: number | null;
  /** rates: default, and by_event by name */
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
  /** major version */
  "v": number;
  /** the control block */
  "control": Control;
  /** public flags */
  "flags"?: { [key: string]: unknown } | null;
}

export interface Envelope {
  /** major version */
  "v": number;
  /** one producer instance: a client object in one process, a tab, a boot of a device */
  "stream"?: Stream | null;
  /** number of events[0]; event i has seq + i unless it has n */
  "seq"?: Seq | null;
  /** highest number assigned so far, sent or not */
  "hwm"?: Count | null;
  /** no number above hwm will ever be assigned */
  "fin"?: boolean | null;
  /** base of dt, ms since 1970 */
  "t0": Integer;
  /** quality of the times; anchored by default */
  "clock"?: "anchored" | "wall" | "none" | null;
  /** the context all events share */
  "ctx"?: { [key: string]: unknown } | null;
  /** the events; what is wrong inside one is a verdict on it */
  "events": (unknown)[];
  /** loss report */
  "drops"?: (Drop)[] | null;
}

export interface Drop {
  /** why the events were given up */
  "reason": "queue_overflow" | "expired" | "sampled" | "hook" | "too_large" | "unserialisable" | "send_rejected" | "storage_error" | "shutdown_deadline" | "consent_withdrawn" | "reset" | "sdk_error";
  /** their numbers, in a stream */
  "ranges"?: (Range)[] | null;
  /** how many, without a stream */
  "count"?: number | null;
}

export interface Event {
  /** kind, track by default */
  "k"?: "track" | "page" | "screen" | "identify" | "profile" | "group" | "alias" | "exposure" | null;
  /** number, where it does not follow from the place in the batch */
  "n"?: Seq | null;
  /** explicit id, instead of a number */
  "id"?: ExplicitId | null;
  /** time, ms since 1970 */
  "t"?: Integer | null;
  /** time as ms after t0 */
  "dt"?: Integer | null;
  /** user */
  "u"?: Id | null;
  /** device */
  "d"?: Id | null;
  /** session */
  "s"?: Id | null;
  /** group memberships, type to id */
  "g"?: Groups | null;
  /** probability under which the event was kept; its weight is 1/sr */
  "sr"?: number | null;
  /** patch of the context */
  "ctx"?: Context | null;
  [key: string]: unknown;
}

export interface Flat {
  /** kind, track by default */
  "k"?: "track" | "page" | "screen" | "identify" | "profile" | "group" | "alias" | "exposure" | null;
  /** number, where it does not follow from the place in the batch */
  "n"?: Seq | null;
  /** explicit id, instead of a number */
  "id"?: ExplicitId | null;
  /** time, ms since 1970 */
  "t"?: Integer | null;
  /** time as ms after t0 */
  "dt"?: Integer | null;
  /** user */
  "u"?: Id | null;
  /** device */
  "d"?: Id | null;
  /** session */
  "s"?: Id | null;
  /** group memberships, type to id */
  "g"?: Groups | null;
  /** probability under which the event was kept; its weight is 1/sr */
  "sr"?: number | null;
  /** patch of the context */
  "ctx"?: Context | null;
  /** major version */
  "v"?: number | null;
  /** stream, where the device has one */
  "stream"?: Stream | null;
  /** boot of the device, 0 by default */
  "b"?: number | null;
  [key: string]: unknown;
}

export interface Track {
  /** name */
  "e": EventName;
  /** properties */
  "p"?: Properties | null;
}

export interface Page {
  /** name of the page or screen */
  "e"?: EventName | null;
  /** properties; $url, $path, $referrer, $title are known */
  "p"?: Properties | null;
}

export interface Identify {
  /** the user the device belongs to from now on */
  "u": Id;
  /** changes of the profile */
  "ops"?: Ops | null;
}

export interface Profile {
  /** changes of the profile */
  "ops": Ops;
}

export interface Group {
  /** type of group, such as company */
  "gt": Name;
  /** id of the group */
  "gi": Id;
  /** changes of the group's profile */
  "ops"?: Ops | null;
}

export interface Alias {
  /** user id */
  "from": Id;
  /** user id of the same person */
  "to": Id;
  /** no longer the same */
  "undo"?: boolean | null;
}

export interface Exposure {
  /** flag */
  "f": Name;
  /** variant */
  "var": Name;
  /** rule that chose it */
  "rule"?: Text | null;
  /** bucket of the unit */
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
  /** page that explains the code */
  "type": string;
  /** what the code means */
  "title": string;
  /** HTTP status */
  "status": number;
  /** code of the registry */
  "code": string;
  /** the same request may succeed later */
  "retryable": boolean;
  /** how long to wait */
  "retry_after_ms"?: Count | null;
  /** what happened and what to do */
  "detail"?: string | null;
  /** field at fault */
  "path"?: string | null;
  /** the single faults */
  "errors"?: (Error)[] | null;
}

export interface Error {
  /** verdict, or code of the problem */
  "code": string;
  /** field at fault */
  "path": string;
  /** limit that was passed */
  "limit"?: Count | null;
}

export interface ProblemCode {
  "code": string;
  "status": number;
  "retryable": boolean;
  "title": string;
  "text": string;
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
  /** version of the spec */
  "version": string;
  /** its hash */
  "sha256": string;
  /** limits of this server by name */
  "limits": { [key: string]: Count };
  /** verdicts, warnings, problems and drop reasons */
  "codes": { [key: string]: unknown };
  /** built profiles */
  "features": (string)[];
}

export interface Health {
  "status": "ok";
}

export interface StreamState {
  /** major version */
  "v": number;
  /** the stream */
  "stream": Stream;
  /** the stream was seen before */
  "known": boolean;
  /** what is settled */
  "ack": Ack;
  /** highest number known to be assigned */
  "hwm": Count;
  /** no higher one will be */
  "fin": boolean;
  /** silent without fin for so long that numbers above hwm may be lost, too */
  "open_ended": boolean;
  /** numbers stored */
  "stored": Count;
  /** numbers rejected, by verdict */
  "rejected": { [key: string]: Count };
  /** numbers lost, by reason */
  "dropped": { [key: string]: Count };
  /** numbers up to hwm nothing is known about */
  "unaccounted": Count;
  /** ms since 1970 */
  "first_seen"?: Integer | null;
  /** ms since 1970 */
  "last_seen"?: Integer | null;
  /** the server's clock, ms since 1970 */
  "now": Integer;
}

export type Value1 = string | number | boolean | null | { [key: string]: Value2 } | (Value2)[];

export type Value2 = string | number | boolean | null | { [key: string]: Value3 } | (Value3)[];

export type Value3 = string | number | boolean | null | { [key: string]: Value4 } | (Value4)[];

export type Value4 = string | number | boolean | null | { [key: string]: Value5 } | (Value5)[];

export type Value5 = string | number | boolean | null;

export type Properties = { [key: string]: Value1 };

