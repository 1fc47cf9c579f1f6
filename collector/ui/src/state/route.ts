/** What the address says: the page and the question on it, all of it readable and shareable. */
export type Range = 'all' | `${number}d` | `${string}..${string}`;

export interface TrendState {
  page: 'trend';
  events: string[];
  measure: 'total' | 'uniques';
  interval: 'auto' | 'hour' | 'day' | 'week' | 'month';
  range: Range;
  timezone: string;
}

export interface FunnelState {
  page: 'funnel';
  steps: string[];
  window: string;
  reentry: 'first' | 'best';
  range: Range;
  timezone: string;
}

export interface RetentionState {
  page: 'retention';
  birth: string;
  back: string;
  unit: 'day' | 'week' | 'month';
  range: Range;
  timezone: string;
}

export interface PlainState {
  page: 'overview' | 'live' | 'send';
}

export type Route = TrendState | FunnelState | RetentionState | PlainState;

export const ANY_EVENT = '*';
export const MAX_EVENTS = 10;
export const MAX_STEPS = 20;

const WINDOW = /^[1-9]\d{0,3}[smhd]$/;
const RANGE = /^(?:all|[1-9]\d{0,3}d|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$/;

function choice<T extends string>(given: string | null, known: readonly [T, ...T[]]): T {
  return known.find((one) => one === given) ?? known[0];
}

function range(given: string | null): Range {
  return given !== null && RANGE.test(given) ? (given as Range) : 'all';
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
  const names = (key: string, most: number): string[] =>
    given.getAll(key).filter(Boolean).slice(0, most);
  const when = { range: range(given.get('r')), timezone: timezone(given.get('tz')) };
  switch (given.get('q')) {
    case 'trend':
      return {
        page: 'trend',
        events: names('e', MAX_EVENTS),
        measure: choice(given.get('m'), ['total', 'uniques']),
        interval: choice(given.get('i'), ['auto', 'hour', 'day', 'week', 'month']),
        ...when,
      };
    case 'funnel': {
      const asked = given.get('w') ?? '';
      return {
        page: 'funnel',
        steps: names('s', MAX_STEPS),
        window: WINDOW.test(asked) ? asked : '7d',
        reentry: choice(given.get('re'), ['first', 'best']),
        ...when,
      };
    }
    case 'retention':
      return {
        page: 'retention',
        birth: given.get('b') || ANY_EVENT,
        back: given.get('c') || ANY_EVENT,
        unit: choice(given.get('u'), ['week', 'day', 'month']),
        ...when,
      };
    default:
      return { page: choice(given.get('q'), ['overview', 'live', 'send']) };
  }
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
    put('i', route.interval, 'auto');
  } else if (route.page === 'funnel') {
    for (const step of route.steps) said.append('s', step);
    put('w', route.window, '7d');
    put('re', route.reentry, 'first');
  } else if (route.page === 'retention') {
    put('b', route.birth, ANY_EVENT);
    put('c', route.back, ANY_EVENT);
    put('u', route.unit, 'week');
  }
  if ('range' in route) {
    put('r', route.range, 'all');
    put('tz', route.timezone, 'UTC');
  }
  const text = said.toString();
  return text === '' ? '' : `?${text}`;
}
