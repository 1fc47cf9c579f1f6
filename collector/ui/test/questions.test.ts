import { describe, expect, it } from 'vitest';
import type { EventName } from '../src/api/types.ts';
import { askedCell, valuesOf } from '../src/reports/cells.ts';
import {
  days,
  type Extent,
  funnelQuestion,
  hasBefore,
  interval,
  retentionQuestion,
  trendQuestion,
  usualRange,
} from '../src/reports/questions.ts';
import { suggestEvents } from '../src/reports/suggest.ts';
import { decode, type Range, type TrendState } from '../src/state/route.ts';

const NOW = Date.parse('2024-07-10T12:00:00Z');
const HALF_YEAR: Extent = {
  first: Date.parse('2024-01-04T11:45:38Z'),
  last: Date.parse('2024-06-29T22:02:40Z'),
  now: NOW,
};
const EMPTY: Extent = { first: null, last: null, now: NOW };
const trend = (range: Range): TrendState => ({ ...(decode('?q=trend') as TrendState), range });

describe('a range', () => {
  it('is left to the server for all time, and is today without events', () => {
    expect(days('all', 'UTC', HALF_YEAR)).toEqual({});
    expect(days('all', 'UTC', EMPTY)).toEqual({ from: '2024-07-10', to: '2024-07-10' });
  });

  it('of some days ends today and includes both ends', () => {
    expect(days('7d', 'UTC', HALF_YEAR)).toEqual({ from: '2024-07-04', to: '2024-07-10' });
    expect(days('1d', 'UTC', HALF_YEAR)).toEqual({ from: '2024-07-10', to: '2024-07-10' });
  });

  it('of two days is those', () => {
    expect(days('2024-01-01..2024-01-31', 'UTC', EMPTY)).toEqual({
      from: '2024-01-01',
      to: '2024-01-31',
    });
  });
});

describe('the range a page begins with', () => {
  const day = 86_400_000;

  it('is four weeks, unless nothing or nearly everything has happened in them', () => {
    expect(usualRange(EMPTY)).toBe('all');
    expect(usualRange({ first: NOW - 90 * day, last: NOW - day, now: NOW })).toBe('28d');
    expect(usualRange({ first: NOW - 40 * day, last: NOW, now: NOW })).toBe('all');
    expect(usualRange({ first: NOW - 900 * day, last: NOW - 400 * day, now: NOW })).toBe('all');
  });

  it('has a period before it only where the events reach back that far', () => {
    const since = (days: number): Extent => ({ first: NOW - days * day, last: NOW, now: NOW });
    const asked = (range: Range) => ({ range, timezone: 'UTC' });
    expect(hasBefore(asked('28d'), since(80))).toBe(true);
    expect(hasBefore(asked('28d'), since(40))).toBe(false);
    expect(hasBefore(asked('all'), since(80))).toBe(false);
    expect(hasBefore(asked('7d'), EMPTY)).toBe(false);
  });
});

describe('the interval that fits', () => {
  it('grows with the range', () => {
    const ranges: Range[] = ['1d', '30d', 'all', '2000d'];
    expect(ranges.map((range) => interval(trend(range), HALF_YEAR))).toEqual([
      'hour',
      'day',
      'week',
      'month',
    ]);
  });

  it('gives way to the one that was chosen', () => {
    expect(interval({ ...trend('all'), interval: 'day' }, HALF_YEAR)).toBe('day');
  });
});

describe('questions', () => {
  it('name things as the API does', () => {
    expect(trendQuestion({ ...trend('all'), events: ['home'] }, HALF_YEAR)).toEqual({
      events: ['home'],
      measure: 'total',
      interval: 'week',
      timezone: 'UTC',
    });
    const funnel = decode('?q=funnel&s=a&s=b&re=best&w=1h');
    expect(funnel.page === 'funnel' && funnelQuestion(funnel, HALF_YEAR)).toEqual({
      steps: ['a', 'b'],
      window: '1h',
      reentry: 'best',
      timezone: 'UTC',
    });
    const retention = decode('?q=retention&b=signup&u=day&r=30d');
    expect(retention.page === 'retention' && retentionQuestion(retention, HALF_YEAR)).toEqual({
      birth_event: 'signup',
      return_event: '*',
      unit: 'day',
      buckets: 15,
      timezone: 'UTC',
      from: '2024-06-11',
      to: '2024-07-10',
    });
  });
});

describe('a question with everything', () => {
  it('carries filter, breakdown, comparison and the property that is measured', () => {
    const asked = decode(
      '?q=trend&e=buy&m=sum&mp=amount&cmp=previous&by=os.name&f=plan~is~pro&f=amount~gt~5&r=7d',
    );
    expect(asked.page === 'trend' && trendQuestion(asked, HALF_YEAR)).toEqual({
      events: ['buy'],
      measure: 'sum',
      property: 'amount',
      interval: 'day',
      compare: 'previous',
      where: {
        all: [
          { property: 'plan', op: 'is', value: 'pro' },
          { property: 'amount', op: 'gt', value: 5 },
        ],
      },
      by: ['os.name'],
      timezone: 'UTC',
      from: '2024-07-04',
      to: '2024-07-10',
    });
  });

  it('compares only where there is a period before', () => {
    const asked = decode('?q=trend&e=buy&cmp=previous');
    expect(asked.page === 'trend' && trendQuestion(asked, HALF_YEAR)).not.toHaveProperty('compare');
  });

  it('filters both events of a retention', () => {
    const asked = decode(
      '?q=retention&b=signup&f=plan~is~pro&cr=on_or_after&bi=first_ever&by=plan',
    );
    const event = (name: string) => ({
      event: name,
      where: { property: 'plan', op: 'is', value: 'pro' },
    });
    expect(asked.page === 'retention' && retentionQuestion(asked, HALF_YEAR)).toEqual({
      birth_event: event('signup'),
      return_event: event('*'),
      unit: 'week',
      buckets: 8,
      criteria: 'on_or_after',
      births: 'first_ever',
      by: ['plan'],
      timezone: 'UTC',
    });
  });
});

describe('an opened number', () => {
  it('is asked for with the values of its segment under their names', () => {
    const cell = { report: 'trends' as const, series: 1, at: null, by: ['ios', null] };
    expect(askedCell(cell, ['platform', '__proto__'])).toEqual({
      series: 1,
      at: null,
      by: Object.fromEntries([
        ['platform', 'ios'],
        ['__proto__', null],
      ]),
    });
    expect(askedCell({ ...cell, by: [] }, [])).toEqual({ series: 1, at: null });
    expect(valuesOf({ b: 1, a: [2] }, ['a', 'b'])).toEqual([[2], 1]);
    expect(valuesOf(undefined, ['a'])).toEqual([]);
  });
});

describe('a first trend', () => {
  it('shows the three names that happen most', () => {
    const name = (text: string, count: number): EventName => ({
      name: text,
      count,
      users: 1,
      last_ts: 0,
    });
    const names = [name('a', 1), name('b', 9), name('c', 5), name('d', 7)];
    expect(suggestEvents(names)).toEqual(['b', 'd', 'c']);
    expect(suggestEvents([])).toEqual([]);
  });
});
