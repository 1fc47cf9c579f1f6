import { signal } from '@preact/signals';
import type { Cell } from './cell.ts';
import { withProject } from './project.ts';
import { decode, encode, type Route } from './route.ts';

/** What an entry of the history knows beside its address: ids of people never stand in that. */
interface Entry {
  /** How many entries lie between this one and the report whose number was opened. */
  depth: number;
  person: string | null;
}

const OUTSIDE: Entry = { depth: 0, person: null };

function entry(): Entry {
  return { ...OUTSIDE, ...(history.state as Partial<Entry> | null) };
}

/** The route the address holds now. */
export const route = signal<Route>(decode(location.search));
/** The person whose events are shown, of the people behind an opened number. */
export const person = signal<string | null>(entry().person);

addEventListener('popstate', () => {
  route.value = decode(location.search);
  person.value = entry().person;
});

/** Go to another page: a new entry of the history. */
export function go(to: Route): void {
  push(to, OUTSIDE);
  scrollTo(0, 0);
}

/** Change the question on this page: the entry of the history is kept, so Back leaves the page. */
export function refine(to: Route): void {
  history.replaceState(history.state, '', address(to));
  route.value = to;
}

/** Open a number of the report on this page to its people. */
export function openCell(cell: Cell): void {
  if ('open' in route.value) push({ ...route.value, open: cell }, { depth: 1, person: null });
}

/** Show the events of one of the people; Back returns to all of them. */
export function openPerson(user: string): void {
  const { depth } = entry();
  push(route.value, { depth: depth === 0 ? 0 : depth + 1, person: user });
}

/** Close what was opened, and with it the entries of the history that it made. */
export function closeCell(): void {
  const { depth } = entry();
  if (depth > 0) history.go(-depth);
  else if ('open' in route.value) push({ ...route.value, open: null }, OUTSIDE);
}

export function address(to: Route): string {
  return `/${withProject(encode(to))}`;
}

function push(to: Route, state: Entry): void {
  history.pushState(state, '', address(to));
  route.value = to;
  person.value = state.person;
}
