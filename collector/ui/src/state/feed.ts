import { computed, signal } from '@preact/signals';
import type { Refused, Stored } from '../api/types.ts';
import { type Arrival, merged } from './arrivals.ts';

const HELD = 200;

export type Connection = 'connecting' | 'live' | 'lost';

/** Whether arriving events reach this page. */
export const connection = signal<Connection>('connecting');
/** The newest arrivals, stored and refused, newest first. */
export const arrivals = signal<readonly Arrival[]>([]);
/** How many events the project has stored; null until the collector has said so. */
export const stored = signal<number | null>(null);
/** Events that came too fast for the page to be sent each of them. */
export const skipped = signal(0);
/** The newest position of the log this page has heard of. */
export const position = signal(0);
/** The refused events among the arrivals. */
export const refusals = computed(() => arrivals.value.filter((one) => one.kind === 'refused'));

interface State {
  stored: number;
  pos: number;
  skipped: number;
}

/** Follow what arrives; the browser reconnects by itself and says where it was. */
export function follow(): () => void {
  const source = new EventSource('/v1/live');
  source.addEventListener('open', () => {
    connection.value = 'live';
  });
  source.addEventListener('error', () => {
    connection.value = source.readyState === EventSource.CLOSED ? 'lost' : 'connecting';
  });
  source.addEventListener('stored', (event) => {
    add((JSON.parse(event.data) as Stored[]).map((one) => ({ kind: 'stored', ...one })));
  });
  source.addEventListener('refused', (event) => {
    add((JSON.parse(event.data) as Refused[]).map((one) => ({ kind: 'refused', ...one })));
  });
  source.addEventListener('state', (event) => {
    const state = JSON.parse(event.data) as State;
    stored.value = state.stored;
    position.value = state.pos;
    skipped.value += state.skipped;
  });
  return () => source.close();
}

function add(fresh: Arrival[]): void {
  arrivals.value = merged(arrivals.value, fresh, HELD);
}
