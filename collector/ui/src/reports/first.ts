import { decode, type FunnelState, type RetentionState, type TrendState } from '../state/route.ts';
import { start } from '../state/start.ts';
import { suggestEvents } from './suggest.ts';

/** What the first questions of all reports have in common. */
export type Shared = Pick<TrendState, 'range' | 'timezone' | 'open'>;

const ALL: Shared = { range: 'all', timezone: 'UTC', open: null };

/** Return the trend a project begins with. */
export function firstTrend(shared: Shared = ALL): TrendState {
  const events = suggestEvents(start.value?.names ?? []);
  return { ...(decode('?q=trend') as TrendState), events, ...shared };
}

/** Return the funnel a project begins with. */
export function firstFunnel(shared: Shared = ALL): FunnelState {
  const steps = start.value?.first_steps ?? [];
  return { ...(decode('?q=funnel') as FunnelState), steps, ...shared };
}

/** Return the retention a project begins with. */
export function firstRetention(shared: Shared = ALL): RetentionState {
  return { ...(decode('?q=retention') as RetentionState), ...shared };
}
