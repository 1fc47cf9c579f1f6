import {
  type ReadonlySignal,
  type Signal,
  signal,
  useSignal,
  useSignalEffect,
} from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import { connection, stored } from './feed.ts';

const SETTLE_MS = 250;
const AT_LEAST_MS = 3_000;
const RESTS = 10;
const KEPT = 30;

/** A report's answer on its way: the old one stays until the new one is there. */
export interface Result<T> {
  answer: T | null;
  /** Why there is no newer answer. */
  problem: Problem | null;
  /** Whether the answer that is shown belongs to another question. */
  stale: boolean;
  tookMs: number;
}

interface Kept {
  answer: unknown;
  tookMs: number;
  /** How many events were stored when it was asked for. */
  stored: number | null;
}

const kept = new Map<string, Signal<Kept | null>>();
const nothing = signal(0);

/**
 * Ask a report and ask again when the question changes or events arrive; null asks nothing.
 *
 * A changed question is asked once it has been left alone for a moment, and its predecessor is
 * cancelled. Arriving events wait until the page has rested ten times as long as an answer takes.
 * Answers are kept, so that going back shows what was there before it is asked for again.
 */
export function useResult<T>(path: string, question: object | null): ReadonlySignal<Result<T>> {
  const key = question === null ? null : JSON.stringify(question);
  const known = key === null ? null : slot(path, key).peek();
  const result = useSignal<Result<T>>({
    answer: (known?.answer as T | undefined) ?? null,
    problem: null,
    stale: false,
    tookMs: known?.tookMs ?? 0,
  });
  const answered = useRef({ at: known ? 1 : 0, stored: known?.stored ?? null });
  const asked = useRef({ key: known ? key : null, due: 0 });
  const due = useSignal(0);

  useSignalEffect(() => {
    // Nobody answered: asked again when somebody is there.
    const back = connection.value === 'live' && result.peek().problem?.code === 'unreachable';
    if (back) due.value = due.peek() + 1;
  });

  useSignalEffect(() => {
    const count = (key === null ? nothing : stored).value;
    const { at, stored: seen } = answered.current;
    if (at === 0 || count === seen) return;
    const rest = Math.max(AT_LEAST_MS, RESTS * result.peek().tookMs);
    const timer = setTimeout(
      () => {
        due.value += 1;
      },
      Math.max(0, at + rest - Date.now()),
    );
    return () => clearTimeout(timer);
  });

  useEffect(() => {
    if (key === null) return;
    const changed = key !== asked.current.key;
    if (changed !== result.peek().stale) result.value = { ...result.peek(), stale: changed };
    if (!changed && due.value === asked.current.due) return;
    const stop = new AbortController();
    const turn = due.value;
    const timer = setTimeout(
      async () => {
        const began = Date.now();
        const count = stored.peek();
        try {
          const answer = await ask<T>(path, { body: JSON.parse(key), signal: stop.signal });
          const tookMs = Date.now() - began;
          slot(path, key).value = { answer, tookMs, stored: count };
          result.value = { answer, problem: null, stale: false, tookMs };
        } catch (error) {
          if (stop.signal.aborted) return;
          const before = changed ? null : result.peek().answer;
          const tookMs = Date.now() - began;
          result.value = { answer: before, problem: asProblem(error), stale: false, tookMs };
        }
        asked.current = { key, due: turn };
        answered.current = { at: Date.now(), stored: count };
      },
      asked.current.key === null ? 0 : SETTLE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [path, key, due.value]);

  return result;
}

/** Return the newest answer another part of the page has had to a question, null before it has. */
export function knownAnswer<T>(path: string, question: object): T | null {
  return (slot(path, JSON.stringify(question)).value?.answer as T | undefined) ?? null;
}

/** Return where the answer to a question is kept; those asked for longest ago are forgotten. */
function slot(path: string, key: string): Signal<Kept | null> {
  const name = `${path} ${key}`;
  const found = kept.get(name) ?? signal<Kept | null>(null);
  kept.delete(name);
  kept.set(name, found);
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return found;
}
