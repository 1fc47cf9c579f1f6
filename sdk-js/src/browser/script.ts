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

import type { Consent } from "../options.js";
import { Client } from "./client.js";
import { pages } from "./page.js";

type Call = readonly [method: string, ...args: unknown[]];

declare global {
  interface Window {
    tallymark?: Client | Call[];
  }
}

const tag = document.currentScript as HTMLScriptElement | null;
if (tag?.dataset.key && !(window.tallymark instanceof Client)) start(tag, tag.dataset);

function start({ src }: HTMLScriptElement, { key, url, consent, ...modules }: DOMStringMap): void {
  const beside = src.slice(0, src.lastIndexOf("/"));
  const analytics = consent as Consent | undefined;
  const client = new Client(key!, url ?? beside, analytics ? { privacy: { analytics } } : {});
  const waiting = window.tallymark;
  const call = ([method, ...args]: Call): unknown =>
    (client as unknown as { [method: string]: (...args: unknown[]) => unknown })[method](...args);
  window.tallymark = Object.assign(client, { push: call });
  if (modules.pages !== "off") pages(client);
  if (Array.isArray(waiting)) waiting.forEach(call);
  for (const [name, start] of [["auto", "autocapture"], ["vitals", "vitals"]]) {
    if (modules[name] === undefined) continue;
    import(`${beside}/tm-${name}.js`).then(
      (module: { [start: string]: (client: Client) => void }) => module[start](client),
      (error: unknown) => console.warn(`tallymark: ${name} was not loaded: ${String(error)}`),
    );
  }
}
