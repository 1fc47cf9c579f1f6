/** What a client is made of in a browser, and how it follows the page it is in. */

import { ScopeStack } from "../context.js";
import type { Pipeline, Platform } from "../pipeline.js";
import type { Buffers } from "../queue.js";
import type { Clock } from "../steady.js";
import type { Transport } from "../transport.js";
import { BrowserBuffers } from "./spool.js";
import type { Visitor } from "./visitor.js";

/** How long after its start, and then how often, a page looks for what dead ones left. */
const ADOPT_MS = [500, 60_000];
/** The browser's own bounds of what waits: half a million events, as on a server, would be its memory. */
export const BOUNDS: { readonly queueMax: number; readonly queueBytes: number } = { queueMax: 10_000, queueBytes: 4 << 20 };

/** Join the parts of a client in a browser. */
export function platformOf(clock: Clock, visitor: Visitor, transport: Transport, buffers: Buffers): Platform {
  const blocked = (): boolean => buffers instanceof BrowserBuffers && !buffers.location;
  return {
    clock,
    scopes: new ScopeStack(),
    transport,
    buffers,
    note: () => (blocked() ? "events are kept in memory only: storage is blocked" : null),
    log: (message) => console.warn(message),
    context: (mode) => ({
      ...(mode !== "anonymous" && visitor.ids(clock.now(), mode === "record")),
      // No time zone: asking for it costs a page 20 ms, and tells people apart.
      locale: navigator.language,
    }),
    turn: (now) => visitor.turn(now),
    forget: () => visitor.forget(),
  };
}

/** Follow the page: to its end, to its return, and to the network's. */
export function follow(pipeline: Pipeline, buffers: Buffers): void {
  const { worker } = pipeline;
  const listen = (target: EventTarget, name: string, call: (event: Event) => void): void =>
    target.addEventListener(name, call);
  const adopt = (): void => {
    pipeline.adopt();
    setTimeout(adopt, ADOPT_MS[1]);
  };
  setTimeout(adopt, ADOPT_MS[0]);
  listen(globalThis, "online", () => {
    worker.online();
    pipeline.adopt();
  });
  if (typeof document === "undefined") return;
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && worker.leave());
  listen(globalThis, "pagehide", () => {
    worker.leave();
    if (buffers instanceof BrowserBuffers) buffers.releaseAll();
  });
  // Back from where the browser kept it: another page may have taken over what it had left.
  listen(globalThis, "pageshow", (event) => (event as PageTransitionEvent).persisted && pipeline.restart());
}

/** Tell whether the person asks for privacy by the browser's signal. */
export function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}
