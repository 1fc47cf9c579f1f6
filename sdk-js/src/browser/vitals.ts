/**
 * Web vitals: how fast the page was for its visitor, as one event when it is hidden first.
 *
 * Definitions: LCP, FCP and TTFB in ms from navigation start; CLS as the largest session window of
 * layout shifts (at most 1 s apart, 5 s long); INP as the longest interaction, one in 50 left out.
 */

import type { Tracks } from "./auto.js";

interface Shift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

interface Interaction extends PerformanceEntry {
  readonly interactionId?: number;
}

/** Measure the page and record `Web Vitals` once; the function returned ends that. */
export function vitals(client: Tracks): () => void {
  const measured: { [name: string]: number } = {};
  const observers = [
    observe("largest-contentful-paint", ({ startTime }) => set("lcp_ms", startTime)),
    observe("paint", ({ name, startTime }) => name === "first-contentful-paint" && set("fcp_ms", startTime)),
    observe("navigation", (entry) => set("ttfb_ms", (entry as PerformanceNavigationTiming).responseStart)),
    observe("layout-shift", layoutShift((value) => { measured.cls = Math.round(value * 10_000) / 10_000; })),
    observe("event", interactions((value) => set("inp_ms", value)), { durationThreshold: 40 }),
  ];
  const set = (name: string, ms: number): void => {
    measured[name] = Math.round(ms);
  };
  const end = (): void => {
    for (const stop of observers) stop();
    for (const [target, name] of ENDS) target.removeEventListener(name, finish, true);
  };
  const finish = (event: Event): void => {
    if (event.type !== "pagehide" && document.visibilityState !== "hidden") return;
    end();
    if (Object.keys(measured).length > 0) client.track("Web Vitals", { ...measured, $path: location.pathname });
  };
  // In the capturing phase: before the client sends what it has.
  for (const [target, name] of ENDS) target.addEventListener(name, finish, true);
  return end;
}

const ENDS: readonly (readonly [EventTarget, string])[] = [
  [document, "visibilitychange"],
  [globalThis, "pagehide"],
];

function observe(type: string, take: (entry: PerformanceEntry) => unknown, more: object = {}): () => void {
  if (!PerformanceObserver.supportedEntryTypes.includes(type)) return () => {};
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
  observer.observe({ type, buffered: true, ...more });
  return () => {
    observer.takeRecords().forEach(take);
    observer.disconnect();
  };
}

function layoutShift(report: (value: number) => void): (entry: PerformanceEntry) => void {
  let largest = 0;
  let window = 0;
  let first = 0;
  let last = 0;
  return (entry) => {
    const { value, hadRecentInput, startTime } = entry as Shift;
    if (hadRecentInput) return;
    if (startTime - last > 1_000 || startTime - first > 5_000) {
      window = 0;
      first = startTime;
    }
    last = startTime;
    window += value;
    largest = Math.max(largest, window);
    report(largest);
  };
}

function interactions(report: (ms: number) => void): (entry: PerformanceEntry) => void {
  const longest = new Map<number, number>();
  return (entry) => {
    const { interactionId, duration } = entry as Interaction;
    if (!interactionId) return;
    longest.set(interactionId, Math.max(longest.get(interactionId) ?? 0, duration));
    const sorted = [...longest.values()].sort((a, b) => b - a);
    report(sorted[Math.min(sorted.length - 1, Math.floor(longest.size / 50))]);
  };
}
