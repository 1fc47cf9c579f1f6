import type { Interval } from '../api/types.ts';
import { filterOf } from '../state/conditions.ts';
import type {
  FunnelState,
  Range,
  ReportState,
  RetentionState,
  TrendState,
} from '../state/route.ts';
import { shifted, span, today } from '../text/dates.ts';

/** What the stored events cover and when it is asked: relative ranges are bound with it. */
export interface Extent {
  first: number | null;
  last: number | null;
  now: number;
}

const RECENT_MS = 28 * 86_400_000;

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

/**
 * Return the range a page begins with: four weeks, where there are four more to compare them to.
 *
 * A young project shows all it has, and so does one where nothing happens any more.
 */
export function usualRange({ first, last, now }: Extent): Range {
  if (first === null || last === null) return 'all';
  return last > now - RECENT_MS && first < now - 2 * RECENT_MS ? '28d' : 'all';
}

/** Tell whether the events reach back over the whole period before a range: else it says little. */
export function hasBefore(state: Pick<TrendState, 'range' | 'timezone'>, extent: Extent): boolean {
  const { from, to } = days(state.range, state.timezone, extent);
  if (state.range === 'all' || from === undefined || to === undefined) return false;
  if (extent.first === null) return false;
  return today(state.timezone, extent.first) <= shifted(from, -span(from, to));
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

function shared(state: ReportState, extent: Extent): object {
  return {
    ...(state.by.length === 0 ? {} : { by: state.by }),
    timezone: state.timezone,
    ...days(state.range, state.timezone, extent),
  };
}

function filtered(state: ReportState): object {
  const where = filterOf(state.filters);
  return where === null ? {} : { where };
}

export function trendQuestion(state: TrendState, extent: Extent): object {
  return {
    events: state.events,
    measure: state.measure,
    ...(state.property === '' ? {} : { property: state.property }),
    interval: interval(state, extent),
    ...(state.compare && state.range !== 'all' ? { compare: 'previous' } : {}),
    ...filtered(state),
    ...shared(state, extent),
  };
}

export function funnelQuestion(state: FunnelState, extent: Extent): object {
  return {
    steps: state.steps,
    window: state.window,
    ...(state.order === 'ordered' ? {} : { order: state.order }),
    reentry: state.reentry,
    ...filtered(state),
    ...shared(state, extent),
  };
}

const BUCKETS = { day: 15, week: 8, month: 7 };

export function retentionQuestion(state: RetentionState, extent: Extent): object {
  const where = filterOf(state.filters);
  const named = (event: string): unknown => (where === null ? event : { event, where });
  return {
    birth_event: named(state.birth),
    return_event: named(state.back),
    unit: state.unit,
    buckets: BUCKETS[state.unit],
    ...(state.criteria === 'on' ? {} : { criteria: state.criteria }),
    ...(state.births === 'first' ? {} : { births: state.births }),
    ...shared(state, extent),
  };
}
