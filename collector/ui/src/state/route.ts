import { type Cell, readCell, writeCell } from './cell.ts';
import { type Condition, MAX_CONDITIONS, readCondition, writeCondition } from './conditions.ts';

/** What the address says: the page and the question on it, all of it readable and shareable. */
export type Range = 'all' | `${number}d` | `${string}..${string}`;

export const MEASURES = [
  'total',
  'uniques',
  'per_user',
  'sessions',
  'dau',
  'wau',
  'mau',
  'sum',
  'average',
  'median',
  'p90',
  'min',
  'max',
  'distinct',
] as const;
export type Measure = (typeof MEASURES)[number];
export const INTERVALS = ['auto', 'hour', 'day', 'week', 'month'] as const;
export const VIEWS = ['line', 'column', 'bar'] as const;
export type View = (typeof VIEWS)[number];

/** What every report is asked with, and which of its numbers is opened. */
interface Asked {
  filters: Condition[];
  by: string[];
  range: Range;
  timezone: string;
  open: Cell | null;
}

export interface TrendState extends Asked {
  page: 'trend';
  events: string[];
  measure: Measure;
  property: string;
  interval: (typeof INTERVALS)[number];
  compare: boolean;
  view: View;
}

export interface FunnelState extends Asked {
  page: 'funnel';
  steps: string[];
  window: string;
  order: 'ordered' | 'strict' | 'any';
  reentry: 'first' | 'best';
}

export interface RetentionState extends Asked {
  page: 'retention';
  birth: string;
  back: string;
  unit: 'day' | 'week' | 'month';
  criteria: 'on' | 'on_or_after';
  births: 'first' | 'first_ever';
}

/** The first page; without a range it shows the one that suits the events. */
export interface OverviewState {
  page: 'overview';
  range: Range | null;
  timezone: string;
  open: Cell | null;
}

export interface PlainState {
  page: 'live' | 'send';
}

export type ReportState = TrendState | FunnelState | RetentionState;
export type Route = ReportState | OverviewState | PlainState;

export const ANY_EVENT = '*';
export const MAX_EVENTS = 10;
export const MAX_STEPS = 20;
export const MAX_BY = 2;

const WINDOW = /^[1-9]\d{0,3}[smhd]$/;
const RANGE = /^(?:all|[1-9]\d{0,3}d|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$/;
const PROPERTY_MEASURES: readonly Measure[] = [
  'sum',
  'average',
  'median',
  'p90',
  'min',
  'max',
  'distinct',
];

/** Tell whether a measure is one of a property's values. */
export function needsProperty(measure: Measure): boolean {
  return PROPERTY_MEASURES.includes(measure);
}

function choice<T extends string>(given: string | null, known: readonly T[], usual: T): T {
  return known.find((one) => one === given) ?? usual;
}

function range(given: string | null): Range | null {
  return given !== null && RANGE.test(given) ? (given as Range) : null;
}

/** Return the name of a time zone as it is given; throw when this browser knows none of it. */
function known(zone: string): string {
  new Intl.DateTimeFormat('en', { timeZone: zone });
  return zone;
}

function timezone(given: string | null): string {
  try {
    return given === null ? 'UTC' : known(given);
  } catch {
    return 'UTC';
  }
}

/** Read a query string; what it does not say, or says wrongly, takes its default. */
export function decode(search: string): Route {
  const given = new URLSearchParams(search);
  const page = choice(
    given.get('q'),
    ['overview', 'trend', 'funnel', 'retention', 'live', 'send'],
    'overview',
  );
  switch (page) {
    case 'trend':
      return trend(given);
    case 'funnel':
      return funnel(given);
    case 'retention':
      return retention(given);
    case 'overview':
      return {
        page,
        range: range(given.get('r')),
        timezone: timezone(given.get('tz')),
        open: readCell(given.get('o')),
      };
    default:
      return { page };
  }
}

function names(given: URLSearchParams, key: string, most: number): string[] {
  return given.getAll(key).filter(Boolean).slice(0, most);
}

function asked(given: URLSearchParams): Asked {
  const conditions = given.getAll('f').map(readCondition);
  return {
    filters: conditions.filter((one) => one !== null).slice(0, MAX_CONDITIONS),
    by: [...new Set(names(given, 'by', MAX_BY))],
    range: range(given.get('r')) ?? 'all',
    timezone: timezone(given.get('tz')),
    open: readCell(given.get('o')),
  };
}

function trend(given: URLSearchParams): TrendState {
  const property = given.get('mp') ?? '';
  const measure = choice(given.get('m'), MEASURES, 'total');
  const answerable = needsProperty(measure) === (property !== '');
  return {
    page: 'trend',
    events: names(given, 'e', MAX_EVENTS),
    measure: answerable ? measure : 'total',
    property: answerable ? property : '',
    interval: choice(given.get('i'), INTERVALS, 'auto'),
    compare: given.get('cmp') === 'previous',
    view: choice(given.get('v'), VIEWS, 'line'),
    ...asked(given),
  };
}

function funnel(given: URLSearchParams): FunnelState {
  const window = given.get('w') ?? '';
  return {
    page: 'funnel',
    steps: names(given, 's', MAX_STEPS),
    window: WINDOW.test(window) ? window : '7d',
    order: choice(given.get('or'), ['ordered', 'strict', 'any'], 'ordered'),
    reentry: choice(given.get('re'), ['first', 'best'], 'first'),
    ...asked(given),
  };
}

function retention(given: URLSearchParams): RetentionState {
  return {
    page: 'retention',
    birth: given.get('b') || ANY_EVENT,
    back: given.get('c') || ANY_EVENT,
    unit: choice(given.get('u'), ['day', 'week', 'month'], 'week'),
    criteria: choice(given.get('cr'), ['on', 'on_or_after'], 'on'),
    births: choice(given.get('bi'), ['first', 'first_ever'], 'first'),
    ...asked(given),
  };
}

/** Write a route as a query string; defaults are left out, so `decode(encode(r))` is `r`. */
export function encode(route: Route): string {
  const said = new URLSearchParams();
  const put = (key: string, value: string, usual: string): void => {
    if (value !== usual) said.append(key, value);
  };
  put('q', route.page, 'overview');
  if (route.page === 'trend') {
    for (const event of route.events) said.append('e', event);
    put('m', route.measure, 'total');
    put('mp', route.property, '');
    put('i', route.interval, 'auto');
    put('cmp', route.compare ? 'previous' : '', '');
    put('v', route.view, 'line');
  } else if (route.page === 'funnel') {
    for (const step of route.steps) said.append('s', step);
    put('w', route.window, '7d');
    put('or', route.order, 'ordered');
    put('re', route.reentry, 'first');
  } else if (route.page === 'retention') {
    put('b', route.birth, ANY_EVENT);
    put('c', route.back, ANY_EVENT);
    put('u', route.unit, 'week');
    put('cr', route.criteria, 'on');
    put('bi', route.births, 'first');
  }
  if ('by' in route) {
    for (const condition of route.filters) said.append('f', writeCondition(condition));
    for (const name of route.by) said.append('by', name);
    put('r', route.range, 'all');
  } else if (route.page === 'overview' && route.range !== null) {
    said.append('r', route.range);
  }
  if ('open' in route) {
    put('tz', route.timezone, 'UTC');
    if (route.open !== null) said.append('o', writeCell(route.open));
  }
  const text = said.toString();
  return text === '' ? '' : `?${text}`;
}
