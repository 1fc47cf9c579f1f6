import type { Refused, Stored } from '../api/types.ts';

/** One line of the live list, newest first. */
export type Arrival = ({ kind: 'stored' } & Stored) | ({ kind: 'refused' } & Refused);

/** Put arrivals into one list: newest first, each once, at most *held*. */
export function merged(
  known: readonly Arrival[],
  fresh: readonly Arrival[],
  held: number,
): Arrival[] {
  const key = (one: Arrival): string => `${one.kind} ${one.pos}`;
  const seen = new Set(known.map(key));
  const added = fresh.filter((one) => !seen.has(key(one)));
  return [...added, ...known]
    .sort((a, b) => b.received_at - a.received_at || b.pos - a.pos)
    .slice(0, held);
}
