/**
 * Undelivered events in the browser's storage, so that the next page delivers what this one cannot.
 *
 * IndexedDB takes what a task recorded (one transaction, survives the kill of the browser). What it
 * has not confirmed when the page is left goes to localStorage in one synchronous write, since
 * transactions may not finish any more. Without either, events are in memory only.
 */

import { MAX_HOLD } from "../_generated/limits.js";
import type { Drops, Entry } from "../batch.js";
import type { Settings } from "../options.js";
import { type Buffer, type Buffers, MemoryBuffer } from "../queue.js";
import type { Ranges } from "../ranges.js";
import { openDatabase, type Row, readRows, span, streams, write } from "./database.js";
import type { HandedLane } from "./handed.js";
import { hold, ifFree } from "./locks.js";
import { load, names, save } from "./storage.js";

/** What one stream may take of localStorage, which the page shares with its site: characters. */
const MAX_LEFT = 500_000;

/** What is written when the page is left. */
interface Left {
  readonly c: string;
  readonly x: Drops;
  readonly h: number;
  readonly e: readonly Entry[];
}

/** Opens buffers in the browser's storage. */
export class BrowserBuffers implements Buffers {
  readonly asks = true;
  db: IDBDatabase | null = null;
  private readonly _opened: Promise<void>;
  private _left = false;
  private _purge = false;
  private _ready = false;
  private readonly _held = new Map<string, () => void>();

  constructor(
    readonly project: string,
    readonly settings: Settings,
    opened: () => void,
    database: Promise<IDBDatabase | null> | null = null,
  ) {
    this._left = save("tm:", "") && save("tm:", null);
    this._opened = (database ?? openDatabase()).then((db) => {
      this.db = db;
      this._ready = true;
      // The page in which consent was withdrawn was gone before the database was empty.
      if (this._purge || (!database && load(this._purging))) this._erase();
      opened();
    });
  }

  get location(): string | null {
    if (this.db) return "indexeddb";
    return this._left ? "localstorage" : null;
  }

  /** The name of a stream's lock, and of what it left in localStorage. */
  name(stream: string): string {
    return `tm:${this.project}:${stream}`;
  }

  open(stream: string, context: string): Buffer {
    this._held.set(stream, hold(this.name(stream)));
    return new StoredBuffer(this, stream, context);
  }

  /** Go on with a stream that this page's first script has begun. */
  resume({ stream, context, held, kept, fresh, drops, assigned, confirmed, unlock }: HandedLane): Buffer {
    const e = [...kept.values()];
    if (held) {
      const buffer = new MemoryBuffer(stream, context, MAX_HOLD, this.settings.batching.queueBytes);
      for (const [seq, event, bytes] of e) buffer.append(seq, event, bytes);
      return buffer;
    }
    this._held.set(stream, unlock);
    const buffer = new StoredBuffer(this, stream, context);
    buffer.restore([{ d: this.project, s: stream, n: 0, e, x: drops, h: assigned }]);
    buffer.unwritten(fresh, confirmed);
    return buffer;
  }

  /** The stream needs no lock any more. */
  release(stream: string): void {
    this._held.get(stream)?.();
    this._held.delete(stream);
  }

  /** The page is being left, perhaps to come back: a lock would keep it from being kept as it is. */
  releaseAll(): void {
    for (const stream of [...this._held.keys()]) this.release(stream);
  }

  adopt(found: (buffer: Buffer) => void): void {
    void this._opened.then(async () => {
      const orphans = names(this.name("")).map((name) => name.slice(this.name("").length));
      if (this.db) orphans.push(...(await streams(this.db, this.project)));
      for (const stream of new Set(orphans)) {
        if (!this._held.has(stream)) void ifFree(this.name(stream), () => this._adopt(stream, found));
      }
    });
  }

  /** Read under the lock: another page may have delivered it meanwhile. */
  private async _adopt(stream: string, found: (buffer: Buffer) => void): Promise<void> {
    const rows: Row[] = this.db ? await readRows(this.db, span(this.project, stream)) : [];
    const left = parsed(load(this.name(stream)));
    if (this._held.has(stream)) return;
    if (left) rows.push({ d: this.project, s: stream, n: 0, ...left });
    if (rows.length === 0) return;
    await new Promise<void>((resolve) => {
      this._held.set(stream, resolve);
      const buffer = new StoredBuffer(this, stream, rows.find(({ c }) => c)?.c ?? "{}");
      buffer.restore(rows);
      found(buffer);
    });
  }

  purge(): void {
    for (const name of names(this.name(""))) save(name, null);
    save(this._purging, "1");
    // At once, so that nothing recorded afterwards is erased; before it is open, first of all then.
    if (this._ready) this._erase();
    else this._purge = true;
  }

  private _erase(): void {
    const done = (): boolean => save(this._purging, null);
    if (this.db) write(this.db, [], span(this.project), false, done);
    else done();
  }

  /** Set from the call that erases until the database has. */
  private get _purging(): string {
    return `tm-purge:${this.project}`;
  }
}

class StoredBuffer extends MemoryBuffer {
  private _fresh: Entry[] = [];
  private _confirmed = 0;
  private _told: Drops = {};
  private _left = false;
  private _rows = false;
  private _gone = false;

  constructor(
    private readonly _buffers: BrowserBuffers,
    stream: string,
    private readonly _given: string,
  ) {
    const { batching, spool } = _buffers.settings;
    super(stream, _given, batching.queueMax, Math.min(batching.queueBytes, spool.maxBytes));
  }

  /** With where events survive, which is known a little later than the rest. */
  override get context(): string {
    return `${this._given.slice(0, -1)}${this._given === "{}" ? "" : ","}"spool":"${this._buffers.location ?? "memory"}"}`;
  }

  override get durable(): boolean {
    return this._buffers.location !== null;
  }

  override append(seq: number, event: string, bytes: number): string | null {
    const reason = super.append(seq, event, bytes);
    if (!reason) this._fresh.push([seq, event, bytes]);
    return reason;
  }

  /** Fill it with what a dead page left. */
  restore(rows: readonly Row[]): void {
    const found = rows.flatMap(({ e }) => e ?? []).sort((a, b) => a[0] - b[0]);
    for (const [seq, event, bytes] of found) if (!this.has(seq)) super.append(seq, event, bytes);
    for (const { x, h } of rows) {
      for (const [reason, ranges] of Object.entries(x ?? {})) this.drop(reason, ranges);
      this.assigned = Math.max(this.assigned, h ?? 0);
    }
    this._told = this.drops;
    this._left = this._rows = true;
    // All of it is in storage.
    this._confirmed = this.assigned;
  }

  /** Some of what it was filled with is not in storage yet, or not confirmed. */
  unwritten(fresh: readonly Entry[], confirmed: number): void {
    this._fresh = [...fresh];
    this._confirmed = confirmed;
  }

  override sync(leaving: boolean): void {
    if (this._gone) return;
    const idle = this.pending === 0 && Object.keys(this.drops).length === 0;
    const { db } = this._buffers;
    if (db) this._write(db, idle);
    if (idle ? this._left : leaving) this._leave(idle);
  }

  private _write(db: IDBDatabase, idle: boolean): void {
    const { project, settings } = this._buffers;
    const { stream, drops, assigned, _given: c } = this;
    const fresh = this._fresh.filter(([seq]) => this.has(seq));
    const seen = this._fresh.length > 0 ? this._fresh[this._fresh.length - 1][0] : 0;
    this._fresh = [];
    if (idle) {
      if (this._rows) write(db, [], span(project, stream), false, () => {});
      this._rows = false;
      return;
    }
    const rows: Row[] = [];
    if (fresh.length > 0) rows.push({ d: project, s: stream, n: seen, e: fresh });
    if (rows.length > 0 || drops !== this._told) rows.push({ d: project, s: stream, n: 0, c, x: drops, h: assigned });
    if (rows.length === 0) return;
    this._told = drops;
    this._rows = true;
    write(db, rows, null, settings.spool.sync, () => {
      this._confirmed = Math.max(this._confirmed, seen);
    });
  }

  private _leave(idle: boolean): void {
    const name = this._buffers.name(this.stream);
    const { drops: x, assigned: h, _given: c } = this;
    let e = idle ? [] : [...this.entries()].filter(([seq]) => seq > this._confirmed);
    this._left = !idle;
    // The newest count most when the room is small; what does not fit is in the database, perhaps.
    for (;;) {
      const left: Left = { c, x, h, e };
      const text = idle ? null : JSON.stringify(left);
      if ((text ?? "").length <= MAX_LEFT && save(name, text)) return;
      if (e.length === 0) return;
      e = e.slice(Math.ceil(e.length / 2));
    }
  }

  override take(ranges: Ranges): Ranges {
    const taken = super.take(ranges);
    const { db, project } = this._buffers;
    // Rows whose highest number is below the oldest kept event hold nothing that is wanted.
    if (taken.length > 0 && db && this._rows && this.pending > 0) {
      for (const [oldest] of this.entries()) {
        if (oldest > 1) write(db, [], IDBKeyRange.bound([project, this.stream, 1], [project, this.stream, oldest - 1]), false, () => {});
        break;
      }
    }
    return taken;
  }

  override close(fin: boolean): void {
    const { db, project } = this._buffers;
    if (fin) {
      this._gone = true;
      save(this._buffers.name(this.stream), null);
      if (db) write(db, [], span(project, this.stream), false, () => this._buffers.release(this.stream));
    }
    if (!fin || !db) this._buffers.release(this.stream);
  }
}

function parsed(text: string | null): Left | null {
  try {
    return text ? (JSON.parse(text) as Left) : null;
  } catch {
    // Another program's value, or half of ours: nothing that could be sent.
    return null;
  }
}
