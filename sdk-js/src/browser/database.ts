/** Rows of undelivered events in IndexedDB; every function does without when there is no database. */

import type { Drops, Entry } from "../batch.js";

const STORE = "spool";

/** Events of one task, or (n 0) what a stream needs beside them. The key: project, stream, number. */
export interface Row {
  readonly d: string;
  readonly s: string;
  /** The highest number in the row. */
  readonly n: number;
  readonly e?: readonly Entry[];
  readonly c?: string;
  readonly x?: Drops;
  readonly h?: number;
}

/** Open the database; null if the browser has none for this page. */
export function openDatabase(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open("tallymark", 1);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore(STORE, { keyPath: ["d", "s", "n"] });
      };
      opening.onsuccess = () => {
        opening.result.onversionchange = () => opening.result.close();
        resolve(opening.result);
      };
      opening.onerror = opening.onblocked = () => resolve(null);
    } catch {
      // Storage is blocked for this page, or there is no IndexedDB.
      resolve(null);
    }
  });
}

/** All rows of a project, or of one of its streams up to a number. */
export function span(project: string, stream?: string, upto: number | [] = []): IDBKeyRange {
  const low = stream === undefined ? [project] : [project, stream];
  return IDBKeyRange.bound(low, stream === undefined ? [project, []] : [project, stream, upto]);
}

/** Put and delete in one transaction; call a function once it is complete. */
export function write(
  db: IDBDatabase,
  rows: readonly Row[],
  gone: IDBKeyRange | null,
  strict: boolean,
  done: () => void,
): void {
  try {
    const transaction = db.transaction(STORE, "readwrite", { durability: strict ? "strict" : "relaxed" });
    const store = transaction.objectStore(STORE);
    if (gone) store.delete(gone);
    for (const row of rows) store.put(row);
    transaction.oncomplete = done;
    // Not left to the end of its requests: this page may be gone by then.
    transaction.commit?.();
  } catch {
    // The connection was closed: what is not confirmed goes to localStorage when the page is left.
  }
}

/** Return the rows of a range, or only their keys. */
export function readRows(db: IDBDatabase, range: IDBKeyRange): Promise<Row[]> {
  return answer(db, (store) => store.getAll(range));
}

/** Return the streams that have rows. */
export async function streams(db: IDBDatabase, project: string): Promise<string[]> {
  const keys = await answer(db, (store) => store.getAllKeys(span(project)));
  return keys.map((key) => (key as string[])[1]);
}

function answer<T>(db: IDBDatabase, ask: (store: IDBObjectStore) => IDBRequest<T[]>): Promise<T[]> {
  return new Promise((resolve) => {
    try {
      const asked = ask(db.transaction(STORE).objectStore(STORE));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve([]);
    } catch {
      resolve([]);
    }
  });
}
