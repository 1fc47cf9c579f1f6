import { signal } from '@preact/signals';
import { ask } from '../api/client.ts';
import type { Property } from '../api/types.ts';

const AGE_MS = 30_000;

/** The properties of the project's events; empty until they are known. */
export const properties = signal<readonly Property[]>([]);

let readAt = 0;

/** Read the properties, unless they were read a moment ago; without an answer the old ones stay. */
export async function readProperties(): Promise<void> {
  if (Date.now() - readAt < AGE_MS) return;
  readAt = Date.now();
  try {
    properties.value = (await ask<{ properties: Property[] }>('/v1/ui/properties')).properties;
  } catch {
    // Names can be typed as well as chosen: what is wrong is said where the question is asked.
    readAt = 0;
  }
}
