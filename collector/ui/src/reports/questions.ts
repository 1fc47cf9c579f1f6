import type { Interval } from '../api/types.ts';
import type { FunnelState, Range, RetentionState, TrendState } from '../state/route.ts';
import { shifted, span, today } from '../text/dates.ts';

/** What the stored events cover and when it is asked: relative ranges are bound with it. */
export interface Extent {
  first: number | null;
  last: number | null;
  now: number;
}

type Days = { from?: string; to?: string };

/** Bind a range to days; `all` leaves both open, and the server takes those of the events. */
export function days(range: Range, timezone: string, extent: Extent): Days {
  if (range === 'all') {
    // Without an event the server cannot tell a range, so it is today.
    const day = today(timezone, extent.now);
    return extent.first === null ? { from: day, to: day } : {};
  }
  const [from, to] = range.split('..');
  if (from !== undefined && to !== undefined) return { from, to };
  const last = today(timezone, extent.now);
  return { from: shifted(last, 1 - Number.parseInt(range, 10)), to: last };
}

/** Choose the interval that gives a readable number of points. */
export function interval(state: TrendState, extent: Extent): Interval {
  if (state.interval !== 'auto') return state.interval;
  const { from, to } = days(state.range, state.timezone, extent);
  const first = from ?? today(state.timezone, extent.first ?? extent.now);
  const last = to ?? today(state.timezone, extent.last ?? extent.now);
  const length = span(first, last);
  if (length <= 3) return 'hour';
  if (length <= 92) return 'day';
  return length <= 730 ? 'week' : 'month';
}

export function trendQuestion(state: TrendState, extent: Extent): object {
  return {
    events: state.events,
    measure: state.measure,
    interval: interval(state, extent),
    timezone: state.timezone,
    ...days(state.range, state.timezone, extent),
  };
}

export function funnelQuestion(state: FunnelState, extent: Extent): object {
  return {
    steps: state.steps,
    window: state.window,
    reentry: state.reentry,
    timezone: state.timezone,
    ...days(state.range, state.timezone, extent),
  };
}

const BUCKETS = { day: 15, week: 8, month: 7 };

export function retentionQuestion(state: RetentionState, extent: Extent): object {
  return {
    birth_event: state.birth,
    return_event: state.back,
    unit: state.unit,
    buckets: BUCKETS[state.unit],
    timezone: state.timezone,
    ...days(state.range, state.timezone, extent),
  };
}
