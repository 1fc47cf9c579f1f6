import { describe, expect, it } from 'vitest';
import { decode, encode, type Range, type Route } from '../src/state/route.ts';

/** A repeatable source of numbers below 1 (mulberry32). */
function source(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const LETTERS = ['a', 'Z', '&', '=', '+', ' ', '%', '#', '?', '"', "'", '<', 'é', '‮', '😀', '/'];
const RANGES: Range[] = ['all', '1d', '90d', '2024-01-04..2024-06-29'];

function anyRoute(random: () => number): Route {
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const name = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(['a', ...LETTERS])).join('');
  const names = (): string[] => Array.from({ length: Math.floor(random() * 5) }, name);
  const when = {
    range: pick<Range>(['all', ...RANGES]),
    timezone: pick(['UTC', 'Europe/Prague', 'America/New_York']),
  };
  return pick<() => Route>([
    () => ({ page: pick(['overview', 'live', 'send']) }),
    () => ({
      page: 'trend',
      events: names(),
      measure: pick(['total', 'uniques']),
      interval: pick(['auto', 'hour', 'day', 'week', 'month']),
      ...when,
    }),
    () => ({
      page: 'funnel',
      steps: names(),
      window: pick(['7d', '1h', '90d']),
      reentry: pick(['first', 'best']),
      ...when,
    }),
    () => ({
      page: 'retention',
      birth: name(),
      back: name(),
      unit: pick(['day', 'week', 'month']),
      ...when,
    }),
  ])();
}

describe('the address', () => {
  it('holds every question: decoding an encoded route gives the route', () => {
    const random = source(7);
    for (let round = 0; round < 1_000; round += 1) {
      const route = anyRoute(random);
      expect(decode(encode(route))).toEqual(route);
    }
  });

  it('keeps working for links written by hand', () => {
    expect(decode('?q=funnel&s=View&s=Buy&w=14d&re=best&r=30d')).toEqual({
      page: 'funnel',
      steps: ['View', 'Buy'],
      window: '14d',
      reentry: 'best',
      range: '30d',
      timezone: 'UTC',
    });
    expect(decode('?q=trend&e=home&m=uniques&i=week&tz=Europe/Prague')).toEqual({
      page: 'trend',
      events: ['home'],
      measure: 'uniques',
      interval: 'week',
      range: 'all',
      timezone: 'Europe/Prague',
    });
  });

  it('takes defaults for what is missing or wrong', () => {
    expect(decode('')).toEqual({ page: 'overview' });
    expect(decode('?q=nothing')).toEqual({ page: 'overview' });
    expect(decode('?q=retention&u=year&r=sometimes&tz=Nowhere/Land')).toEqual({
      page: 'retention',
      birth: '*',
      back: '*',
      unit: 'week',
      range: 'all',
      timezone: 'UTC',
    });
  });

  it('is short where everything is as usual', () => {
    expect(encode({ page: 'overview' })).toBe('');
    expect(encode(decode('?q=retention'))).toBe('?q=retention');
  });
});
