import { signal } from '@preact/signals';
import { ask } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import type { Start } from '../api/types.ts';
import type { Extent } from '../reports/questions.ts';

/** What the page knows of the project: its name, its write key, the events it has. */
export const start = signal<Start | null>(null);
/** Why the project could not be read, null while it could. */
export const trouble = signal<Problem | null>(null);

/** Read the project again. */
export async function refresh(): Promise<void> {
  try {
    start.value = await ask<Start>('/v1/ui/start');
    trouble.value = null;
  } catch (error) {
    trouble.value =
      error instanceof Problem ? error : new Problem(0, 'unreadable', 'The page failed to start.');
  }
}

/** Return what the project's events cover, as of now. */
export function extent(): Extent {
  const known = start.value;
  return { first: known?.first_ts ?? null, last: known?.last_ts ?? null, now: Date.now() };
}
