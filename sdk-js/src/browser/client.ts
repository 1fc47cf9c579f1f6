/** The client in a browser: a page, or a worker of one. */

import { CoreClient } from "../client.js";
import { ScopeStack } from "../context.js";
import type { Properties, Stated } from "../event.js";
import type { Options } from "../options.js";
import type { Platform } from "../pipeline.js";
import { type Buffers, MemoryBuffers } from "../queue.js";
import { AnchoredClock } from "../steady.js";
import type { Ref } from "../results.js";
import { placeOf } from "./page.js";
import { BrowserBuffers } from "./spool.js";
import { FetchTransport } from "./transport.js";
import { Visitor } from "./visitor.js";

/** How long after its start, and then how often, a page looks for what dead ones left. */
const ADOPT_MS = [500, 60_000];

/** Records events in a browser; nothing is lost when the page is left. */
export class Client extends CoreClient {
  constructor(key: string, url: string, options: Options = {}) {
    const privacy = { gpc: globalPrivacyControl(), ...options.privacy };
    const batching = { queueMax: 10_000, queueBytes: 4 << 20, ...options.batching };
    let buffers: BrowserBuffers | null = null;
    super(key, url, { ...options, batching, privacy }, (to, settings): Platform => {
      const clock = options.transport?.clock ?? new AnchoredClock();
      const visitor = new Visitor();
      const kept: Buffers = settings.spool.directory
        ? (buffers = new BrowserBuffers(to.key, settings, () => this._pipeline.worker.wake()))
        : new MemoryBuffers(batching.queueMax, batching.queueBytes);
      return {
        clock,
        scopes: new ScopeStack(),
        transport: options.transport ?? new FetchTransport(to, clock),
        buffers: kept,
        note: () => (buffers && !buffers.location ? "events are kept in memory only: storage is blocked" : null),
        log: (message) => console.warn(message),
        context: (mode) => ({
          ...(mode !== "anonymous" && visitor.ids(clock.now(), mode === "record")),
          // No time zone: asking for it costs a page 20 ms, and tells people apart.
          locale: navigator.language,
        }),
        turn: (now) => visitor.turn(now),
        forget: () => visitor.forget(),
      };
    });
    this._follow(buffers);
  }

  override page(name?: string | null, properties?: Properties, stated?: Stated): Ref | null {
    const place = typeof document === "undefined" ? {} : placeOf(location, document.referrer);
    return super.page(name, { ...place, ...properties }, stated);
  }

  /** Follow the page: to its end, to its return, and to the network's. */
  private _follow(buffers: BrowserBuffers | null): void {
    const { worker } = this._pipeline;
    const listen = (target: EventTarget, name: string, call: (event: Event) => void): void =>
      target.addEventListener(name, call);
    const adopt = (): void => {
      this._pipeline.adopt();
      setTimeout(adopt, ADOPT_MS[1]);
    };
    setTimeout(adopt, ADOPT_MS[0]);
    listen(globalThis, "online", () => {
      worker.online();
      this._pipeline.adopt();
    });
    if (typeof document === "undefined") return;
    listen(document, "visibilitychange", () => document.visibilityState === "hidden" && worker.leave());
    listen(globalThis, "pagehide", () => {
      worker.leave();
      buffers?.releaseAll();
    });
    // Back from where the browser kept it: another page may have taken over what it had left.
    listen(globalThis, "pageshow", (event) => (event as PageTransitionEvent).persisted && this._pipeline.restart());
  }
}

function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}
