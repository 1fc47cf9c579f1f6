/** The events of one stream, in memory and in segment files that outlive the process. */

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";

import { SPOOL_SEGMENT, SPOOL_VERSION } from "../../_generated/limits.js";
import { MemoryBuffer } from "../../queue.js";
import { intersect, normalise, type Ranges, subtract, union } from "../../ranges.js";
import { size } from "../../sanitize.js";
import type { FileBuffers } from "./buffers.js";
import { type Claim, release, remove } from "./claim.js";
import { segmentPath, usedBytes } from "./files.js";
import { currentOwner, UNKNOWN } from "./owner.js";
import {
  encodeContext,
  encodeDropped,
  encodeDropsAcked,
  encodeEvent,
  encodeFin,
  encodeHeader,
  encodeSettled,
  PREAMBLE,
} from "./records.js";
import type { Kept, Replay } from "./replay.js";

const CRC_AND_FRAME = 20;

/**
 * Keeps one stream. What a task recorded is written by its end, in one write; it then survives the
 * death of the process (TM-SPL-23). While the disk fails everything stays in memory and is tried again.
 */
export class FileBuffer extends MemoryBuffer {
  private _settled: Ranges = [];
  private _acked: Ranges = [];
  private _out: Buffer[] = [];
  private _fresh: number[] = [];
  private _file: number | null = null;
  private _number = 0;
  private _used = 0;
  private _elsewhere = 0;
  private _failed = false;
  private _dropping = false;
  private _adopted = false;
  private _gone = false;
  /** How many wanted events each segment holds, and where each event lies. */
  private readonly _live = new Map<number, number>();
  private readonly _where = new Map<number, number>();

  constructor(
    private readonly _buffers: FileBuffers,
    private readonly _claim: Claim,
    context: string,
  ) {
    const { queueMax } = _buffers.settings.batching;
    super(_claim.stream, context, queueMax, _buffers.settings.spool.maxBytes);
  }

  override get durable(): boolean {
    return !this._failed;
  }

  /** Make the first segment; throws if the directory cannot be written to. */
  start(): void {
    this._elsewhere = usedBytes(this._buffers.root);
    this._rotate();
  }

  /** Go on with the segments of a dead process; its numbers ended with it. */
  restore(replay: Replay, kept: readonly Kept[], segments: readonly number[]): void {
    for (const number of segments) this._live.set(number, 0);
    for (const { seq, event, segment } of kept) {
      super.append(seq, event, size(event));
      this._place(seq, segment);
    }
    this._settled = replay.settled;
    this._acked = replay.acked;
    this.drops = replay.drops;
    this.assigned = replay.assigned;
    this._number = Math.max(0, ...segments);
    this._adopted = true;
  }

  override append(seq: number, event: string, bytes: number): string | null {
    if (this._elsewhere + this.pendingBytes + bytes + CRC_AND_FRAME > this._buffers.settings.spool.maxBytes) {
      return "queue_overflow";
    }
    const reason = super.append(seq, event, bytes);
    if (!reason) {
      this._out.push(encodeEvent(seq, event));
      this._fresh.push(seq);
    }
    return reason;
  }

  override take(ranges: Ranges): Ranges {
    const taken = super.take(ranges);
    for (const [low, high] of taken) {
      for (let seq = low; seq <= high; seq += 1) this._forget(seq);
    }
    if (taken.length > 0 && !this._dropping) {
      this._settled = union(this._settled, taken);
      this._out.push(...encodeSettled(taken));
    }
    return taken;
  }

  override drop(reason: string, ranges: Ranges): void {
    const known = normalise([...this._settled, ...this._acked, ...Object.values(this.drops).flat()]);
    const fresh = subtract(ranges, known);
    this._dropping = true;
    super.drop(reason, fresh);
    this._dropping = false;
    this._out.push(...encodeDropped(reason, fresh));
  }

  override ackedDrops(ranges: Ranges): void {
    const told = intersect(normalise(Object.values(this.drops).flat()), ranges);
    if (told.length === 0) return;
    super.ackedDrops(ranges);
    this._acked = union(this._acked, told);
    this._out.push(...encodeDropsAcked(told));
  }

  override sync(): void {
    if (this._gone) return;
    try {
      this._write();
      for (const [number, count] of [...this._live]) {
        // What it says besides is said again in the segment that is written to (TM-SPL-24).
        if (count === 0 && number !== this._number) this._delete(number);
      }
      if (this._failed) this._buffers.note = null;
      this._failed = false;
    } catch (error) {
      this._failed = true;
      this._buffers.note = `events are kept in memory only: ${String(error)}`;
    }
  }

  override close(fin: boolean): void {
    if (this._gone) return;
    if (!fin) this._out.push(encodeFin(this.assigned));
    this.sync();
    this._gone = true;
    this._shut();
    try {
      if (!fin) {
        release(this._claim);
        return;
      }
      // Oldest first: the newest one knows what was settled.
      for (const number of [...this._live.keys()].sort((a, b) => a - b)) this._delete(number);
      remove(this._claim);
    } catch (error) {
      this._buffers.note = `the spool could not be tidied: ${String(error)}`;
    }
  }

  private _place(seq: number, segment: number): void {
    this._where.set(seq, segment);
    this._live.set(segment, (this._live.get(segment) ?? 0) + 1);
  }

  private _forget(seq: number): void {
    const segment = this._where.get(seq);
    if (segment === undefined) return;
    this._where.delete(seq);
    this._live.set(segment, this._live.get(segment)! - 1);
  }

  /** Write what was noted since the last time; on an error all of it is written again. */
  private _write(): void {
    if (this._out.length === 0) return;
    if (this._file === null) this._rotate();
    const data = Buffer.concat(this._out);
    // A segment is not longer than its bound, but one task's records stay together.
    if (this._used > PREAMBLE.length && this._used + data.length > SPOOL_SEGMENT && !this._adopted) this._rotate();
    this._put(data, this._used);
    this._used += data.length;
    for (const seq of this._fresh) if (this.has(seq)) this._place(seq, this._number);
    this._out = [];
    this._fresh = [];
    if (this._buffers.settings.spool.sync) fdatasyncSync(this._file!);
  }

  /** Begin the next segment with all that is known (TM-SPL-20). */
  private _rotate(): void {
    this._shut();
    const number = this._number + 1;
    this._file = openSync(segmentPath(this._claim.path, number), "wx", 0o600);
    this._number = number;
    this._live.set(number, 0);
    const beginning = this._beginning(number);
    this._put(beginning, 0);
    this._used = beginning.length;
    this._elsewhere = Math.max(0, usedBytes(this._buffers.root) - this.pendingBytes - beginning.length);
  }

  private _beginning(segment: number): Buffer {
    const { boot, namespace, pid, start } = currentOwner();
    const header = encodeHeader({
      version: SPOOL_VERSION,
      stream: this.stream,
      segment,
      destination: this._buffers.destination,
      boot: boot === UNKNOWN ? "0".repeat(32) : boot,
      namespace,
      pid,
      start,
      wallMs: this._buffers.clock.now(),
    });
    const losses = Object.entries(this.drops).flatMap(([reason, ranges]) => encodeDropped(reason, ranges));
    // The settled numbers behind the losses: a reader ignores a loss of what it knows as settled.
    return Buffer.concat([
      PREAMBLE,
      header,
      encodeContext(this.context),
      ...losses,
      ...encodeDropsAcked(this._acked),
      ...encodeSettled(this._settled),
    ]);
  }

  private _put(data: Buffer, at: number): void {
    for (let done = 0; done < data.length; ) {
      done += writeSync(this._file!, data, done, data.length - done, at + done);
    }
  }

  private _delete(number: number): void {
    rmSync(segmentPath(this._claim.path, number), { force: true });
    this._live.delete(number);
  }

  private _shut(): void {
    if (this._file !== null) closeSync(this._file);
    this._file = null;
  }
}
