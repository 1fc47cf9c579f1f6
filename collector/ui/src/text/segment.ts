import type { By } from '../api/types.ts';
import type { Json } from '../state/parts.ts';

/** Name a value as tables and filters show it: texts bare, everything else as JSON. */
export function valueName(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (value === '$other') return 'all others';
  if (value === '$undefined') return '(not set)';
  return value === '' ? '""' : value;
}

/** Name a segment of a breakdown by the values of its properties. */
export function segmentName(by: By | undefined): string {
  const names = Object.values(by ?? {}).map(valueName);
  return [...new Set(names)].join(' · ');
}
