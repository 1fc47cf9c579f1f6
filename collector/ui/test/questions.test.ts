import { describe, expect, it } from 'vitest';
import type { EventName } from '../src/api/types.ts';
import {
  days,
  type Extent,
  funnelQuestion,
  interval,
  retentionQuestion,
  trendQuestion,
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
