import { describe, expect, it } from 'vitest';
import type { Cell } from '../src/state/cell.ts';
import {
  type Condition,
  OPERATORS,
  type Operator,
  type Scalar,
  takes,
} from '../src/state/conditions.ts';
import type { Json } from '../src/state/parts.ts';
import { decode, encode, needsProperty, type Range, type Route } from '../src/state/route.ts';

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

const LETTERS = [
  'a',
  'Z',
  '&',
  '=',
  '+',
  ' ',
  '%',
  '#',
  '?',
  '"',
  "'",
  '<',
  'é',
  '‮',
  '😀',
  '/',
  '~',
];
const RANGES: Range[] = ['all', '1d', '90d', '2024-01-04..2024-06-29'];

type Random = () => number;

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

function name(random: Random): string {
  const length = 1 + Math.floor(random() * 8);
  const letters = Array.from({ length }, () => pick(random, ['a', ...LETTERS]));
  return pick(random, [letters.join(''), '5', 'null', 'true', '"', '%7E', '{}']);
}

function names(random: Random, most: number): string[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, () => name(random));
}

function value(random: Random): Scalar {
  return pick<Scalar>(random, [name(random), '', 7, -0.5, true, false, null, '7', 'a~b']);
}

function condition(random: Random): Condition {
  const op = pick(random, OPERATORS as unknown as [Operator, ...Operator[]]);
  const property = name(random);
  if (takes(op) === 'none') return { property, op, values: [] };
  if (takes(op) === 'many') return { property, op, values: [value(random), value(random)] };
  return { property, op, values: [name(random)] };
}

function cell(random: Random): Cell | null {
  const by = Array.from({ length: Math.floor(random() * 3) }, () =>
    pick<Json>(random, [value(random), [1, 'a'], { deep: '~' }]),
  );
  return pick<Cell | null>(random, [
    null,
    {
      report: 'trends',
      series: 3,
      at: pick(random, [null, '2024-01-01', '2024-01-01T01:00Z']),
      by,
    },
    { report: 'funnel', step: 2, state: pick(random, ['reached', 'dropped']), by },
    { report: 'retention', cohort: '2024-01-01', bucket: pick(random, [null, 0, 7]), by },
  ]);
}

function anyRoute(random: Random): Route {
  const asked = {
    filters: Array.from({ length: Math.floor(random() * 3) }, () => condition(random)),
    by: [...new Set(names(random, 2))],
    range: pick<Range>(random, ['all', ...RANGES]),
    timezone: pick(random, ['UTC', 'Europe/Prague', 'America/New_York']),
    open: cell(random),
  };
  const measure = pick(random, ['total', 'uniques', 'wau', 'sum', 'distinct'] as const);
  return pick<() => Route>(random, [
    () => ({ page: pick(random, ['live', 'send']) }),
    () => ({
      page: 'overview',
      range: pick<Range | null>(random, [null, ...RANGES]),
      timezone: asked.timezone,
      open: asked.open,
    }),
    () => ({
      page: 'trend',
      events: names(random, 5),
      measure,
      property: needsProperty(measure) ? name(random) : '',
      interval: pick(random, ['auto', 'hour', 'day', 'week', 'month']),
      compare: random() < 0.5,
      view: pick(random, ['line', 'column', 'bar']),
      ...asked,
    }),
    () => ({
      page: 'funnel',
      steps: names(random, 5),
      window: pick(random, ['7d', '1h', '90d']),
      order: pick(random, ['ordered', 'strict', 'any']),
      reentry: pick(random, ['first', 'best']),
      ...asked,
    }),
    () => ({
      page: 'retention',
      birth: name(random),
      back: name(random),
      unit: pick(random, ['day', 'week', 'month']),
      criteria: pick(random, ['on', 'on_or_after']),
      births: pick(random, ['first', 'first_ever']),
      ...asked,
    }),
  ])();
}

const PLAIN = { filters: [], by: [], open: null };

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
      order: 'ordered',
      reentry: 'best',
      range: '30d',
      timezone: 'UTC',
      ...PLAIN,
    });
    expect(decode('?q=trend&e=home&m=uniques&i=week&tz=Europe/Prague')).toEqual({
      page: 'trend',
      events: ['home'],
      measure: 'uniques',
      property: '',
      interval: 'week',
      compare: false,
      view: 'line',
      range: 'all',
      timezone: 'Europe/Prague',
      ...PLAIN,
    });
    expect(decode('?q=funnel&s=View&s=Buy&by=os&f=plan~is~pro~team&f=age~gte~18')).toMatchObject({
      by: ['os'],
      filters: [
        { property: 'plan', op: 'is', values: ['pro', 'team'] },
        { property: 'age', op: 'gte', values: [18] },
      ],
    });
  });

  it('takes defaults for what is missing or wrong', () => {
    const overview = { page: 'overview', range: null, timezone: 'UTC', open: null };
    expect(decode('')).toEqual(overview);
    expect(decode('?q=nothing')).toEqual(overview);
    expect(decode('?q=retention&u=year&r=sometimes&tz=Nowhere/Land')).toEqual({
      page: 'retention',
      birth: '*',
      back: '*',
      unit: 'week',
      criteria: 'on',
      births: 'first',
      range: 'all',
      timezone: 'UTC',
      ...PLAIN,
    });
  });

  it('leaves out what cannot be asked', () => {
    const asked = decode(
      '?q=trend&e=a&m=sum&f=plan&f=plan~like~x&f=n~gt~[1]&f=n~gt~1~2&f=~is~x&f=x~set~1&o=trends~-1~x',
    );
    expect(asked).toMatchObject({ measure: 'total', property: '', filters: [], open: null });
    for (const text of ['x', 'trends', 'trends~a~null', 'funnel~1~lost', 'retention~jan~0']) {
      expect(decode(`?o=${text}`)).toMatchObject({ open: null });
    }
  });

  it('is short where everything is as usual', () => {
    expect(encode(decode(''))).toBe('');
    expect(encode(decode('?q=retention'))).toBe('?q=retention');
  });
});
