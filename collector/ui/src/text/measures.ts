import type { Measure } from '../state/route.ts';

/** What each measure counts, in the plural; of a property's values, how they are taken together. */
export const MEASURE_UNITS: Record<Measure, string> = {
  total: 'events',
  uniques: 'users',
  per_user: 'events per user',
  sessions: 'sessions',
  dau: 'users in a day',
  wau: 'users in 7 days',
  mau: 'users in 30 days',
  sum: 'sum',
  average: 'average',
  median: 'median',
  p90: '90th percentile',
  min: 'smallest',
  max: 'largest',
  distinct: 'different values',
};

/** The measures as they are chosen. */
export const MEASURE_NAMES: readonly (readonly [Measure, string])[] = [
  ['total', 'Events'],
  ['uniques', 'Users'],
  ['per_user', 'Events per user'],
  ['sessions', 'Sessions'],
  ['dau', 'Daily active users'],
  ['wau', 'Weekly active users'],
  ['mau', 'Monthly active users'],
  ['sum', 'Sum of a property'],
  ['average', 'Average of a property'],
  ['median', 'Median of a property'],
  ['p90', '90th percentile of a property'],
  ['min', 'Smallest of a property'],
  ['max', 'Largest of a property'],
  ['distinct', 'Different values of a property'],
];
