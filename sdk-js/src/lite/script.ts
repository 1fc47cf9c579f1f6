/** What a collector serves as /tm-lite.js: `<script async src="…/tm-lite.js" data-key="tmk_…">`. */

import { type Lite, lite } from "./index.js";

declare global {
  interface Window {
    tallymarkLite?: Lite;
  }
}

const tag = document.currentScript as HTMLScriptElement | null;
if (tag?.dataset.key && !window.tallymarkLite) {
  const { key, url } = tag.dataset;
  window.tallymarkLite = lite(key, url ?? tag.src.slice(0, tag.src.lastIndexOf("/")));
  window.tallymarkLite.page();
}
