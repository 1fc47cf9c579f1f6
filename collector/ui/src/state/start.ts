import { signal } from '@preact/signals';
import { ask } from '../api/client.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import type { Start } from '../api/types.ts';
import type { Extent } from '../reports/questions.ts';
import { isChosen, project, several } from './project.ts';

/** What the page knows of the project: its name, its write key, the events it has. */
export const start = signal<Start | null>(null);
/** Why the project could not be read, null while it could. */
export const trouble = signal<Problem | null>(null);
/** Whether the collector was replaced by another version since this page was loaded. */
export const outdated = signal(false);

/**
 * Read the project again.
 *
 * Which one opens is the collector's choice while the one shown is empty and was not asked for.
 */
export async function refresh(): Promise<void> {
  const known = start.peek();
  const free = !isChosen && !known?.stored;
  try {
    const found = await ask<Start>('/v1/ui/start', { project: free ? null : project.peek() });
    if (known !== null && known.version !== found.version) outdated.value = true;
    several.value = found.projects.length > 1;
    project.value = found.project;
    start.value = found;
    trouble.value = null;
  } catch (error) {
    trouble.value = asProblem(error);
  }
}

/** Return what the project's events cover, as of now. */
export function extent(): Extent {
  const known = start.value;
  return { first: known?.first_ts ?? null, last: known?.last_ts ?? null, now: Date.now() };
}
