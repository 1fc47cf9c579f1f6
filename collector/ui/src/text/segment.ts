import type { By } from '../api/types.ts';
import type { Json } from '../state/parts.ts';

// What the answer says of values that are none; text that says so itself comes with one $ more.
const MARK = /^\$+(?:other|undefined)$/;

/** Name a value as tables and filters show it: texts bare, everything else as JSON. */
export function valueName(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === '' ? '""' : value;
}

/** Name a segment of a breakdown by the values of its properties. */
export function segmentName(by: By | undefined): string {
  const names = Object.values(by ?? {}).map(partName);
  return [...new Set(names)].join(' · ');
}

function partName(value: Json): string {
  if (value === '$other') return 'all others';
  if (value === '$undefined') return '(not set)';
  return typeof value === 'string' && MARK.test(value) ? value.slice(1) : valueName(value);
}
