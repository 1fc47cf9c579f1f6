import type { EventName } from '../api/types.ts';

/** Suggest what a first trend shows: the names that happen most. */
export function suggestEvents(names: readonly EventName[]): string[] {
  return [...names]
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map((one) => one.name);
}
