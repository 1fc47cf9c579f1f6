import { signal } from '@preact/signals';

const asked = new URLSearchParams(location.search).get('p');

/** The project that is shown; null until the collector has said which one opens. */
export const project = signal<string | null>(asked);
/** Whether the collector has others: then every address names the project it is about. */
export const several = signal(false);

/** Whether the address chose the project, rather than the collector. */
export const isChosen = asked !== null;

/** Add the project to a query string, where it matters. */
export function withProject(search: string): string {
  const name = project.value;
  if (name === null || !(isChosen || several.value)) return search;
  const said = new URLSearchParams(search);
  said.append('p', name);
  return `?${said}`;
}

/** Load the first page of another project. */
export function switchTo(name: string): void {
  location.assign(`/?${new URLSearchParams({ p: name })}`);
}
