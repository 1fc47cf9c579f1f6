import type { Cell } from '../state/cell.ts';
import type { Json } from '../state/parts.ts';

/** Write an opened number as the API takes it, with the values of a breakdown under their names. */
export function askedCell(cell: Cell, by: readonly string[]): object {
  const { report: _, by: values, ...place } = cell;
  if (values.length === 0) return place;
  return {
    ...place,
    by: Object.fromEntries(by.map((name, index) => [name, values[index] ?? null])),
  };
}

/** Return the values of a segment in the order of a breakdown's properties. */
export function valuesOf(by: Record<string, Json> | undefined, names: readonly string[]): Json[] {
  return by === undefined ? [] : names.map((name) => by[name] ?? null);
}
