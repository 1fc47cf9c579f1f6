/** Page views: where a page is and where its visitor came from, also when only the address changes. */

import type { Properties } from "../event.js";

/** What campaigns and advertisers put into addresses. */
const CAMPAIGN =
  /^(utm_\w{1,20}|gclid|gbraid|wbraid|dclid|fbclid|msclkid|ttclid|twclid|li_fat_id|igshid|yclid|epik|rdt_cid|sccid)$/;

/** What records page views. */
export interface Pages {
  page(name?: string | null, properties?: Properties): unknown;
}

/**
 * Return the place of the page. The address is without its query and fragment, which may hold
 * personal data; campaign parameters are properties of their own.
 */
export function placeOf({ origin, pathname, search }: Location, referrer: string): Properties {
  const campaign = [...new URLSearchParams(search)].filter(([name]) => CAMPAIGN.test(name));
  return {
    ...Object.fromEntries(campaign),
    $url: origin + pathname,
    $path: pathname,
    $referrer: referrer.replace(/[?#].*/, ""),
    $title: document.title,
  };
}

/** Record this page view and those of a single-page application; the function returned ends that. */
export function pages(client: Pages): () => void {
  let place = "";
  let from = document.referrer;
  const look = (): void => {
    if (place === location.pathname) return;
    place = location.pathname;
    client.page(null, { $referrer: from });
    from = location.origin + location.pathname;
  };
  const { pushState, replaceState } = history;
  const watched =
    (change: typeof pushState): typeof pushState =>
    (...state) => {
      change.apply(history, state);
      look();
    };
  history.pushState = watched(pushState);
  history.replaceState = watched(replaceState);
  addEventListener("popstate", look);
  look();
  return () => {
    Object.assign(history, { pushState, replaceState });
    removeEventListener("popstate", look);
  };
}
