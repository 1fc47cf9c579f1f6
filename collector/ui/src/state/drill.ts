import { signal } from '@preact/signals';

/** A number whose people are shown: what it is, and how to ask for them. */
export interface Drill {
  title: string;
  report: 'trends' | 'funnel' | 'retention';
  question: object;
  cell: object;
  timezone: string;
}

/** The number that was opened, null while none is. */
export const drill = signal<Drill | null>(null);
