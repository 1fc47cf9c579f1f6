/** Vectors of the spec by file name. */

import { readFileSync } from "node:fs";

/** Return the vectors of `spec/vectors/<name>.json`. */
export function vectors(name) {
  const url = new URL(`../../sdk-protocol/spec/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** Return all orders of few items, the order given and its reverse of many. */
export function orders(items) {
  if (items.length > 4) return [items, [...items].reverse()];
  if (items.length < 2) return [items];
  return items.flatMap((item, i) =>
    orders([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
