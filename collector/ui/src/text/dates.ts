import type { Interval } from '../api/types.ts';

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const full = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const short = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const month = new Intl.DateTimeFormat('en-GB', {
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** Read the local day of a bucket's label (`2024-01-04` or `2024-01-04T13:00+01:00`). */
function localDay(label: string): Date {
  return new Date(`${label.slice(0, 10)}T00:00:00Z`);
}

/** Write a bucket's label for an axis; the hour a day begins with is the day. */
export function tick(label: string, interval: Interval): string {
  const hour = interval === 'hour' ? label.slice(11, 16) : '00:00';
  if (hour !== '00:00') return hour;
  return (interval === 'month' ? month : day).format(localDay(label));
}

/** Write a bucket's label for the head of a row: `4 Jan 2024`. */
export function brief(label: string, interval: Interval): string {
  return (interval === 'month' ? month : short).format(localDay(label));
}

/** Write a bucket's label in full. */
export function bucket(label: string, interval: Interval): string {
  const date = localDay(label);
  if (interval === 'hour') return `${full.format(date)}, ${label.slice(11, 16)}`;
  if (interval === 'month') return month.format(date);
  return interval === 'week' ? `week of ${full.format(date)}` : full.format(date);
}

/** Write a day (`2024-01-04`) in full. */
export function longDay(label: string): string {
  return full.format(localDay(label));
}

/** Return today's date in a time zone as `YYYY-MM-DD`. */
export function today(timezone: string, now: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return parts.format(now);
}

/** Return the day *days* after a day. */
export function shifted(label: string, days: number): string {
  const date = localDay(label);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Return how many days lie between two days, both included. */
export function span(first: string, last: string): number {
  return Math.round((localDay(last).getTime() - localDay(first).getTime()) / 86_400_000) + 1;
}

/** Tell whether the bucket of that label is not over yet: its last point will still grow. */
export function unfinished(
  label: string,
  interval: Interval,
  timezone: string,
  now: number,
): boolean {
  if (interval === 'hour') return Date.parse(label) + 3_600_000 > now;
  const start = localDay(label);
  if (interval === 'month') start.setUTCMonth(start.getUTCMonth() + 1);
  else start.setUTCDate(start.getUTCDate() + (interval === 'week' ? 7 : 1));
  return start.toISOString().slice(0, 10) > today(timezone, now);
}

/** Tell whether the bucket of that label has begun: those ahead have no value yet. */
export function begun(label: string, interval: Interval, timezone: string, now: number): boolean {
  if (interval === 'hour') return Date.parse(label) <= now;
  return label.slice(0, 10) <= today(timezone, now);
}

/** Write a moment in full: `4 Jan 2024, 13:05:12.345`. */
export function instant(ms: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(ms);
}

/** Write a moment to the minute: `4 Jan 2024, 13:05`. */
export function minute(ms: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(ms);
}

/** Write the time of day in a time zone: `13:05:12`. */
export function clock(ms: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(ms);
}
