import { signal } from '@preact/signals';
import { decode, encode, type Route } from './route.ts';

/** The route the address holds now. */
export const route = signal<Route>(decode(location.search));

addEventListener('popstate', () => {
  route.value = decode(location.search);
});

/** Go to another page: a new entry of the history. */
export function go(to: Route): void {
  history.pushState(null, '', address(to));
  route.value = to;
  scrollTo(0, 0);
}

/** Change the question on this page: the entry of the history is kept, so Back leaves the page. */
export function refine(to: Route): void {
  history.replaceState(null, '', address(to));
  route.value = to;
}

export function address(to: Route): string {
  return `/${encode(to)}`;
}
