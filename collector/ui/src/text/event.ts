/** The few things of an event that one line shows. */
export interface Summary {
  name: string;
  who: string | null;
  properties: string;
}

interface Body {
  from?: unknown;
  to?: unknown;
  k?: unknown;
  e?: unknown;
  u?: unknown;
  d?: unknown;
  p?: unknown;
}

/** Summarise an event's JSON; whatever is missing or of another type is left out. */
export function summary(body: string): Summary {
  let event: Body = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) event = parsed;
  } catch {
    return { name: '(not JSON)', who: null, properties: body };
  }
  const text = (value: unknown): string | null =>
    typeof value === 'string' && value !== '' ? value : null;
  const kind = text(event.k);
  const name = text(event.e);
  return {
    name:
      name === null
        ? `(${kind ?? 'no name'})`
        : kind && kind !== 'track'
          ? `${kind} ${name}`
          : name,
    who: text(event.u) ?? text(event.d) ?? text(event.to),
    properties: kind === 'identify' || kind === 'alias' ? linked(event) : listed(event.p),
  };
}

/** Say what an operation links, then what else it carries. */
function linked(event: Body): string {
  const links: [string, unknown][] = [
    ['device', event.d],
    ['from', event.from],
    ['to', event.to],
  ];
  const said = links
    .filter(([, id]) => typeof id === 'string')
    .map(([what, id]) => `${what}: ${id}`);
  return [...said, listed(event.p)].filter(Boolean).join(' · ');
}

function listed(properties: unknown): string {
  if (typeof properties !== 'object' || properties === null) return '';
  return Object.entries(properties)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
}
