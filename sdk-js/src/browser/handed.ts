/** What the first script of a page hands over to the rest of the client: plain data, and what works on. */

import type { Entry } from "../batch.js";
import type { Recording } from "../calls.js";
import type { Resumed } from "../pipeline.js";
import type { Ranges } from "../ranges.js";
import type { Made } from "../recorder.js";
import type { Clock } from "../steady.js";
import type { Transport } from "../transport.js";
import type { Ids } from "./visitor.js";

/** A stream as it is: its events without an end, and its requests. */
export interface HandedLane {
  readonly stream: string;
  readonly context: string;
  readonly assigned: number;
  readonly held: boolean;
  readonly kept: ReadonlyMap<number, Entry>;
  /** Those of them that are not in the database yet; up to `confirmed` they surely are. */
  readonly fresh: readonly Entry[];
  readonly confirmed: number;
  readonly drops: { readonly [reason: string]: Ranges };
  readonly made: readonly Made[];
  readonly unlock: () => void;
}

/** Everything there is; the last of the lanes is the current one. */
export interface Handed extends Omit<Resumed, "lanes"> {
  readonly version: string;
  readonly key: string;
  readonly lanes: readonly HandedLane[];
  readonly ids: Ids;
  readonly gpc: boolean;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly database: Promise<IDBDatabase | null>;
}

/** The rest of the client, as its file exports it; null = it is of another version. */
export type Whole = (handed: Handed) => Recording | null;
