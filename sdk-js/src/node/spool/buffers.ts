/** The spool of one destination: a directory that its processes share, in any language. */

import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

import { SPOOL_READ_MAX } from "../../_generated/limits.js";
import type { Endpoint, Settings } from "../../options.js";
import type { Buffer as EventBuffer, Buffers, MemoryBuffers } from "../../queue.js";
import type { Clock } from "../../steady.js";
import { FileBuffer } from "./buffer.js";
import { type Claim, create, release, remove, take } from "./claim.js";
import { ASIDE, claimPaths, destination, makePrivate, segmentNumbers, segmentPath, stateDirectory } from "./files.js";
import { currentOwner } from "./owner.js";
import { Replay } from "./replay.js";
import { foreignVersion } from "./scan.js";

/** Enough of a segment to know its version. */
const BEGINNING = 512;

/** Opens and adopts the streams of one destination in `<directory>/tallymark/<hash>/`. */
export class FileBuffers implements Buffers {
  readonly asks = false;
  /** Why events are in memory; null = they are not. */
  note: string | null = null;
  readonly root: string;
  readonly destination: string;

  constructor(
    to: Endpoint,
    readonly settings: Settings,
    private readonly _memory: MemoryBuffers,
    readonly clock: Clock,
  ) {
    const { directory } = settings.spool;
    this.destination = destination(to.key, to.url);
    const state = typeof directory === "string" ? directory : stateDirectory();
    this.root = join(state, "tallymark", this.destination);
  }

  get location(): string | null {
    return this.note === null ? this.root : null;
  }

  open(stream: string, context: string): EventBuffer {
    try {
      makePrivate(this.root);
      const buffer = new FileBuffer(this, create(this.root, stream, currentOwner()), context);
      buffer.start();
      return buffer;
    } catch (error) {
      // A read-only or missing disk is no reason to lose what memory can hold (TM-SPL-05).
      this.note = `events are kept in memory only: ${String(error)}`;
      return this._memory.open(stream, context);
    }
  }

  adopt(found: (buffer: EventBuffer) => void): void {
    const me = currentOwner();
    const aside = join(this.root, ASIDE);
    for (const path of [...claimPaths(this.root), ...claimPaths(aside)]) {
      if (path.startsWith(aside) && foreign(path) !== null) continue;
      const claim = take(path, this.root, me);
      if (claim) this._open(claim, found);
    }
  }

  purge(): void {
    this.adopt((buffer) => buffer.close(true));
  }

  private _open(claim: Claim, found: (buffer: EventBuffer) => void): void {
    try {
      if (foreign(claim.path) !== null) {
        // Kept for an SDK that knows its version; nothing of it is deleted (TM-SPL-14).
        makePrivate(join(this.root, ASIDE));
        release(claim, join(this.root, ASIDE));
        return;
      }
      const buffer = this._replayed(claim);
      if (buffer) found(buffer);
    } catch (error) {
      this.note = `${basename(claim.path)} cannot be read: ${String(error)}`;
      release(claim);
    }
  }

  private _replayed(claim: Claim): FileBuffer | null {
    const replay = new Replay();
    const segments = segmentNumbers(claim.path);
    for (const number of segments) replay.read(number, beginning(segmentPath(claim.path, number), SPOOL_READ_MAX));
    const kept = replay.finish();
    const { voidBefore } = replay;
    const good = segments.filter((number) => voidBefore === null || number >= voidBefore);
    // An erasure that was cut short is finished first (TM-SPL-41).
    for (const number of segments) if (!good.includes(number)) rmSync(segmentPath(claim.path, number), { force: true });
    if (replay.assigned === 0) {
      for (const number of good) rmSync(segmentPath(claim.path, number), { force: true });
      remove(claim);
      return null;
    }
    const buffer = new FileBuffer(this, claim, replay.context);
    buffer.restore(replay, kept, good);
    return buffer;
  }
}

/** Return the format version of the first segment this code cannot read; null = it can. */
function foreign(path: string): number | null {
  try {
    for (const number of segmentNumbers(path)) {
      const version = foreignVersion(beginning(segmentPath(path, number), BEGINNING));
      if (version !== null) return version;
    }
  } catch {
    // Reading it whole meets the same error, and tells it.
  }
  return null;
}

function beginning(path: string, bytes: number): Buffer {
  if (bytes >= SPOOL_READ_MAX) {
    return readFileSync(path).subarray(0, bytes);
  }
  const file = openSync(path, "r");
  try {
    const data = Buffer.alloc(bytes);
    return data.subarray(0, readSync(file, data, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
