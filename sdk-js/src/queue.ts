/** Undelivered events in memory. */

import type { Drops, Entry } from "./batch.js";
import { normalise, type Ranges, subtract, union } from "./ranges.js";

/**
 * Keeps the events of one stream until they are settled, and declared losses until the collector
 * has them (TM-LED-03). It decides nothing: who calls it does.
 */
export interface Buffer {
  readonly stream: string;
  /** The batches' shared context, one JSON object. */
  readonly context: string;
  /** The highest number seen. */
  readonly assigned: number;
  /** The number of kept events, and their bytes. */
  readonly pending: number;
  readonly pendingBytes: number;
  /** Declared losses that are not acknowledged yet. */
  readonly drops: Drops;
  /** Its events outlive the page or process. */
  readonly durable: boolean;
  /** Keep one event; null = kept, else the drop reason. Numbers only ever grow. */
  append(seq: number, event: string, bytes: number): string | null;
  has(seq: number): boolean;
  /** Walk over the kept events, the oldest first. */
  entries(): Iterable<Entry>;
  /** Release events of these ranges; return the numbers that were kept. */
  take(ranges: Ranges): Ranges;
  /** Declare a loss: release the events and remember the report until it is acknowledged. */
  drop(reason: string, ranges: Ranges): void;
  /** Forget loss reports that were acknowledged. */
  ackedDrops(ranges: Ranges): void;
  /** Make what was noted durable, at once if the page is being left; called once per task. */
  sync(leaving: boolean): void;
  /** Let go; `fin` = everything is settled and told, so nothing needs to be kept. */
  close(fin: boolean): void;
}

/** Opens buffers: where a client's streams are kept. */
export interface Buffers {
  /** What survives the end of the page or process; null = nothing does. */
  readonly location: string | null;
  /** What was left behind may have been delivered: its stream's ledger is asked before it is sent. */
  readonly asks: boolean;
  open(stream: string, context: string): Buffer;
  /** Claim the streams that dead pages or processes left behind (TM-LED-09). */
  adopt(found: (buffer: Buffer) => void): void;
  /** Erase what dead pages or processes left behind. */
  purge(): void;
}

/** A buffer in memory, bounded by number and by bytes. */
export class MemoryBuffer implements Buffer {
  assigned = 0;
  pendingBytes = 0;
  drops: Drops = {};
  private readonly _kept = new Map<number, Entry>();

  constructor(
    readonly stream: string,
    private readonly _context: string = "{}",
    private readonly _maxEvents: number = Infinity,
    private readonly _maxBytes: number = Infinity,
  ) {}

  get context(): string {
    return this._context;
  }

  get durable(): boolean {
    return false;
  }

  get pending(): number {
    return this._kept.size;
  }

  append(seq: number, event: string, bytes: number): string | null {
    if (this.pending >= this._maxEvents || this.pendingBytes + bytes > this._maxBytes) {
      return "queue_overflow";
    }
    this._kept.set(seq, [seq, event, bytes]);
    this.pendingBytes += bytes;
    this.assigned = seq;
    return null;
  }

  has(seq: number): boolean {
    return this._kept.has(seq);
  }

  entries(): Iterable<Entry> {
    return this._kept.values();
  }

  take(ranges: Ranges): Ranges {
    const taken: [number, number][] = [];
    for (const [low, high] of ranges) {
      // An ack names everything from 1 on: walk over the shorter of the two.
      const few = high - low < this.pending;
      for (const seq of few ? span(low, high) : [...this._kept.keys()]) {
        const entry = seq >= low && seq <= high && this._kept.get(seq);
        if (!entry) continue;
        this._kept.delete(seq);
        this.pendingBytes -= entry[2];
        taken.push([seq, seq]);
      }
    }
    return normalise(taken);
  }

  drop(reason: string, ranges: Ranges): void {
    this.take(ranges);
    for (const [, high] of ranges) this.assigned = Math.max(this.assigned, high);
    this.drops = { ...this.drops, [reason]: union(this.drops[reason] ?? [], ranges) };
  }

  ackedDrops(ranges: Ranges): void {
    this.drops = Object.fromEntries(
      Object.entries(this.drops)
        .map(([reason, held]) => [reason, subtract(held, ranges)] as const)
        .filter(([, held]) => held.length > 0),
    );
  }

  sync(_leaving: boolean): void {}

  close(_fin: boolean): void {}
}

/** Opens buffers in memory. */
export class MemoryBuffers implements Buffers {
  readonly location: string | null = null;
  readonly asks: boolean = false;

  constructor(
    private readonly _maxEvents: number,
    private readonly _maxBytes: number,
  ) {}

  open(stream: string, context: string): Buffer {
    return new MemoryBuffer(stream, context, this._maxEvents, this._maxBytes);
  }

  adopt(): void {}

  purge(): void {}
}

function* span(low: number, high: number): Iterable<number> {
  for (let seq = low; seq <= high; seq += 1) yield seq;
}
