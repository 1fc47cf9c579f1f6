import { computed, signal } from '@preact/signals';
import { about, renewed } from '../api/client.ts';
import type { Refused, Stored } from '../api/types.ts';
import { type Arrival, merged } from './arrivals.ts';

const HELD = 200;
const RETRY_MS = 2_000;

export type Connection = 'connecting' | 'live' | 'lost';

/** Whether arriving events reach this page. */
export const connection = signal<Connection>('connecting');
/** The newest arrivals, stored and refused, newest first. */
export const arrivals = signal<readonly Arrival[]>([]);
/** How many events the project has stored; null until the collector has said so. */
export const stored = signal<number | null>(null);
/** Events that came too fast for the page to be sent each of them. */
export const skipped = signal(0);
/** The refused events among the arrivals. */
export const refusals = computed(() => arrivals.value.filter((one) => one.kind === 'refused'));

interface State {
  stored: number;
  skipped: number;
}

/** Follow what the project receives, until the function returned is called. */
export function follow(): () => void {
  let source = opened();
  let away = 0;
  const timer = setInterval(async () => {
    away = source.readyState === EventSource.OPEN ? 0 : away + 1;
    if (away > 1) connection.value = 'lost';
    // The browser reconnects by itself unless it was refused: then the session has ended.
    if (source.readyState === EventSource.CLOSED && (await renewed())) source = opened();
  }, RETRY_MS);
  return () => {
    clearInterval(timer);
    source.close();
    arrivals.value = [];
    stored.value = null;
    skipped.value = 0;
  };
}

function opened(): EventSource {
  const source = new EventSource(about('/v1/live'));
  source.addEventListener('open', () => {
    connection.value = 'live';
  });
  source.addEventListener('error', () => {
    connection.value = connection.value === 'lost' ? 'lost' : 'connecting';
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
    skipped.value += state.skipped;
  });
  return source;
}

function add(fresh: Arrival[]): void {
  arrivals.value = merged(arrivals.value, fresh, HELD);
}
