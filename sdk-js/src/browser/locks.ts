/** Web Locks, where there are any: who holds the lock of a stream is its only sender (TM-WEB-03). */

/** Hold a lock until the function that is returned is called. */
export function hold(name: string): () => void {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  // A page that may not use locks (not a secure context) works without: the collector stores an
  // event once, whoever sends it.
  navigator.locks?.request(name, () => released).catch(() => {});
  return release;
}

/** Call a function with the lock, unless somebody holds it; it holds on until its promise ends. */
export async function ifFree(name: string, call: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return call();
  await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && call());
}
