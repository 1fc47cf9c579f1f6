/**
 * `@tallymark/lite`: page views and events in as few bytes as possible.
 *
 * Events wait in memory, go out in batches and with the page that is left, and are released by a
 * proof only; what a closed browser had not sent is lost, and its number shows it (TM-LED-08). No
 * storage, no ids, no consent: for pages where that is the point.
 */

import { uuid7 } from "../eventId.js";

/** Bytes that may be on their way when a page is left (TM-WEB-01). */
const ROOM = 60_000;
const FLUSH_MS = 1_000;
const MAX_WAITING = 1_000;
const BATCH = 500;

type Properties = { readonly [name: string]: unknown };

/** Records page views and events of one page. */
export interface Lite {
  track(name: string, properties?: Properties): void;
  page(properties?: Properties): void;
  flush(): Promise<void>;
}

/** Begin to record for a write key. */
export function lite(key: string, url: string): Lite {
  const stream = uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
  const waiting = new Map<number, string>();
  let hwm = 0;
  let left = 0;
  let busy = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const record = (event: object): void => {
    // A full queue drops the newest: its number is missing, and the collector can tell.
    hwm += 1;
    if (waiting.size < MAX_WAITING) waiting.set(hwm, JSON.stringify({ n: hwm, t: Date.now(), ...event }));
    timer ??= setTimeout(flush, FLUSH_MS);
  };

  const post = async (events: readonly (readonly [number, string])[], keepalive: boolean): Promise<boolean> => {
    const seq = events[0][0];
    const body = `{"v":1,"stream":"${stream}","seq":${seq},"hwm":${hwm},"t0":${Date.now()},"events":[${events.map(([, event]) => event)}]}`;
    try {
      const came = await fetch(`${url}/v1/b?k=${key}&st=${Date.now()}`, {
        method: "POST",
        body,
        keepalive,
        credentials: "omit",
      });
      // Only an answer that proves itself releases events (TM-ACK-01); a refusal of these bytes ends them.
      const proven = came.headers.get("tallymark-ack")?.startsWith(`1; s=${stream.slice(0, 8)};`);
      const refused = /^4(00|13|22)$/.test(String(came.status));
      if (!proven && !refused) return false;
      for (const [n] of events) waiting.delete(n);
      return true;
    } catch {
      return false;
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (busy || waiting.size === 0) return;
    busy = true;
    failures = (await post([...waiting].slice(0, BATCH), false)) ? 0 : failures + 1;
    busy = false;
    if (waiting.size > 0) timer ??= setTimeout(flush, Math.min(60_000, FLUSH_MS * 2 ** failures));
  };

  const leave = (): void => {
    let room = ROOM - 200;
    const fit = [...waiting]
      .reverse()
      .filter(([n, event]) => n > left && (room -= event.length * 3) > 0)
      .reverse();
    if (fit.length === 0) return;
    left = hwm;
    void post(fit, true);
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());

  return {
    track: (e, p) => record({ e, p }),
    page: (p) =>
      record({
        k: "page",
        p: {
          $url: location.origin + location.pathname,
          $path: location.pathname,
          $referrer: document.referrer.replace(/[?#].*/, ""),
          $title: document.title,
          ...p,
        },
      }),
    flush,
  };
}
