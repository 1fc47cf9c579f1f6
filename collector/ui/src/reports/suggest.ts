import type { EventName } from '../api/types.ts';

const GOAL = /purchase|order|checkout|paid|payment|subscri|sign_?-?up|register|convert/i;
const ENOUGH = 0.1;

/** Suggest what a first trend shows: the names that happen most. */
export function suggestEvents(names: readonly EventName[]): string[] {
  return [...names]
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map((one) => one.name);
}

/**
 * Suggest the steps of a first funnel: the name most users have, a goal that a fair share of them
 * reach (one that sounds like a goal, else the rarest), and the name between the two.
 */
export function suggestSteps(names: readonly EventName[]): string[] {
  const known = names.filter((one) => one.users > 0).sort((a, b) => b.users - a.users);
  const [entry, ...others] = known;
  if (entry === undefined) return names.slice(0, 2).map((one) => one.name);
  const reached = others.filter((one) => one.users >= entry.users * ENOUGH);
  const goal = reached.filter((one) => GOAL.test(one.name)).at(-1) ?? reached.at(-1) ?? others[0];
  if (goal === undefined) return [entry.name];
  const middle = Math.sqrt(entry.users * goal.users);
  const between = reached
    .filter((one) => one !== goal && one.users > goal.users && one.users < entry.users)
    .sort((a, b) => Math.abs(a.users - middle) - Math.abs(b.users - middle))[0];
  return [entry, between, goal].filter((one) => one !== undefined).map((one) => one.name);
}
