/** The client in a browser: a page, or a worker of one. */

import { CoreClient } from "../client.js";
import type { Properties, Stated } from "../event.js";
import type { Options } from "../options.js";
import type { Platform } from "../pipeline.js";
import { type Buffers, MemoryBuffers } from "../queue.js";
import { AnchoredClock } from "../steady.js";
import type { Ref } from "../results.js";
import { placeOf } from "./page.js";
import { BOUNDS, follow, globalPrivacyControl, platformOf } from "./platform.js";
import { BrowserBuffers } from "./spool.js";
import { FetchTransport } from "./transport.js";
import { Visitor } from "./visitor.js";

/** Records events in a browser; nothing is lost when the page is left. */
export class Client extends CoreClient {
  constructor(key: string, url: string, options: Options = {}) {
    const privacy = { gpc: globalPrivacyControl(), ...options.privacy };
    const batching = { ...BOUNDS, ...options.batching };
    let buffers!: Buffers;
    super(key, url, { ...options, batching, privacy }, (to, settings): Platform => {
      const clock = options.transport?.clock ?? new AnchoredClock();
      buffers = settings.spool.directory
        ? new BrowserBuffers(to.key, settings, () => this._pipeline.worker.wake())
        : new MemoryBuffers(batching.queueMax, batching.queueBytes);
      return platformOf(clock, new Visitor(), options.transport ?? new FetchTransport(to, clock), buffers);
    });
    follow(this._pipeline, buffers);
  }

  override page(name?: string | null, properties?: Properties, stated?: Stated): Ref | null {
    const place = typeof document === "undefined" ? {} : placeOf(location, document.referrer);
    return super.page(name, { ...place, ...properties }, stated);
  }
}
