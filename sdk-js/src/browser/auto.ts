/**
 * Autocapture: clicks, submitted forms, rage clicks and what `data-tm-event` names.
 *
 * What people type or read is never recorded: no value of a field, no text. An element and all in it
 * are left out by `data-tm-ignore`.
 */

import type { Properties } from "../event.js";

/** What records events. */
export interface Tracks {
  track(name: string, properties?: Properties): unknown;
}

const CLICKABLE = "a,button,summary,label,input,select,textarea,[role=button],[role=link],[data-tm-event]";
const IGNORED = "[data-tm-ignore]";
const NAMED = "[data-tm-event]";
const RAGE_CLICKS = 3;
const RAGE_MS = 1_000;
const RAGE_PX = 30;

/** Record what visitors do on the page; the function returned ends that. */
export function autocapture(client: Tracks): () => void {
  const rage = rageClicks();
  const onClick = (event: MouseEvent): void => {
    const element = event.target instanceof Element ? event.target : null;
    if (!element || element.closest(IGNORED)) return;
    if (rage(event)) client.track("Rage Click", describe(element.closest(CLICKABLE) ?? element));
    const clicked = element.closest(CLICKABLE);
    if (clicked) record(client, "Element Clicked", clicked);
  };
  const onSubmit = (event: SubmitEvent): void => {
    const form = event.target instanceof Element ? event.target : null;
    if (form && !form.closest(IGNORED)) record(client, "Form Submitted", form);
  };
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", onSubmit, true);
  return () => {
    document.removeEventListener("click", onClick, true);
    document.removeEventListener("submit", onSubmit, true);
  };
}

function record(client: Tracks, name: string, element: Element): void {
  const named = element.closest(NAMED);
  const properties = named ? dataset(named) : {};
  client.track(named?.getAttribute("data-tm-event") || name, { ...describe(element), ...properties });
}

/** What tells an element from others, and nothing of its content. */
function describe(element: Element): Properties {
  const link = element.closest("a");
  return {
    $element: element.tagName.toLowerCase(),
    $id: element.id || undefined,
    $name: element.getAttribute("name") ?? undefined,
    $role: element.getAttribute("role") ?? undefined,
    $type: element.getAttribute("type") ?? undefined,
    $href: link?.href ? link.origin + link.pathname : undefined,
    $path: location.pathname,
  };
}

/** `data-tm-prop-plan="pro"` is the property plan. */
function dataset(element: Element): Properties {
  const given = [...element.attributes].filter(({ name }) => name.startsWith("data-tm-prop-"));
  return Object.fromEntries(given.map(({ name, value }) => [name.slice(13).replace(/-/g, "_"), value]));
}

/** Tell when somebody clicks one place in anger: once for each burst. */
function rageClicks(): (event: MouseEvent) => boolean {
  let clicks: MouseEvent[] = [];
  return (event) => {
    clicks = clicks.filter(
      ({ timeStamp, clientX, clientY }) =>
        event.timeStamp - timeStamp < RAGE_MS &&
        Math.hypot(event.clientX - clientX, event.clientY - clientY) < RAGE_PX,
    );
    clicks.push(event);
    return clicks.length === RAGE_CLICKS;
  };
}
