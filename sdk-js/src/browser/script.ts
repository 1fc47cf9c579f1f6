/**
 * What a collector serves as /tm.js:
 *
 *     <script async src="https://events.example/tm.js" data-key="tmk_…"></script>
 *
 * Attributes: `data-key`; `data-url` (the collector, if it is not where the script is from);
 * `data-pages="off"`; `data-auto`, `data-vitals` (modules, loaded from beside the script);
 * `data-consent="unknown"`. Calls made before it is loaded wait in `tallymark`, an array of
 * `[method, ...arguments]`; afterwards `tallymark` is the client.
 */

import { Calls } from "../calls.js";
import { ScopeStack } from "../context.js";
import type { Properties, Stated } from "../event.js";
import type { Ref } from "../results.js";
import { VERSION } from "../version.js";
import { Early } from "./early.js";
import type { Whole } from "./handed.js";
import { pages, placeOf } from "./page.js";

type Call = readonly [method: string, ...args: unknown[]];

declare global {
  interface Window {
    tallymark?: PageCalls | Call[];
  }
}

/** What `tallymark` is in a page. */
class PageCalls extends Calls {
  constructor(key: string, url: string, consent: string | undefined, beside: string) {
    const early = new Early(
      key,
      url,
      consent,
      // Of the same version, whatever is cached; a failed import is remembered by its address. Who serves
      // the first file alone leaves the second to the collector.
      (attempt) => import(`${attempt % 2 ? url : beside}/tm-client.js?v=${VERSION}-${attempt}`) as Promise<{ whole: Whole }>,
      (whole) => {
        this._pipeline = whole;
      },
    );
    super(early, early.clock, new ScopeStack());
  }

  override page(name?: string | null, properties?: Properties, stated?: Stated): Ref | null {
    return super.page(name, { ...placeOf(location, document.referrer), ...properties }, stated);
  }

  push([method, ...args]: Call): unknown {
    return (this as unknown as { [method: string]: (...args: unknown[]) => unknown })[method](...args);
  }
}

const tag = document.currentScript as HTMLScriptElement | null;
if (tag?.dataset.key && !(window.tallymark instanceof PageCalls)) start(tag, tag.dataset);

function start({ src }: HTMLScriptElement, { key, url, consent, ...modules }: DOMStringMap): void {
  const beside = src.slice(0, src.lastIndexOf("/"));
  const client = new PageCalls(key!, url ?? beside, consent, beside);
  const waiting = window.tallymark;
  window.tallymark = client;
  if (modules.pages !== "off") pages(client);
  if (Array.isArray(waiting)) for (const call of waiting) client.push(call);
  for (const [name, start] of [["auto", "autocapture"], ["vitals", "vitals"]]) {
    if (modules[name] === undefined) continue;
    import(`${beside}/tm-${name}.js`).then(
      (module: { [start: string]: (client: PageCalls) => void }) => module[start](client),
      (error: unknown) => console.warn(`tallymark: ${name} was not loaded: ${String(error)}`),
    );
  }
}
