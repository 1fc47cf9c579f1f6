/** The few things of an event that one line shows. */
export interface Summary {
  name: string;
  who: string | null;
  properties: string;
}

interface Body {
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
    who: text(event.u) ?? text(event.d),
    properties: listed(event.p),
  };
}

function listed(properties: unknown): string {
  if (typeof properties !== 'object' || properties === null) return '';
  return Object.entries(properties)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
}
