import { type ReadonlySignal, signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { position } from './feed.ts';

const SETTLE_MS = 250;
const AT_LEAST_MS = 3_000;
const RESTS = 10;

/** A report's answer on its way: the old one stays until the new one is there. */
export interface Result<T> {
  answer: T | null;
  problem: Problem | null;
  loading: boolean;
  tookMs: number;
}

const nothing = signal(0);

/**
 * Ask a report and ask again when the question changes or events arrive.
 *
 * A changed question is asked once it has been left alone for a moment, and its predecessor is
 * cancelled. Arriving events wait until the page has rested ten times as long as an answer takes.
 */
export function useResult<T>(path: string, question: object | null): ReadonlySignal<Result<T>> {
  const result = useSignal<Result<T>>({ answer: null, problem: null, loading: true, tookMs: 0 });
  const answered = useRef({ at: 0, pos: 0 });
  const due = useSignal(0);
  const key = question === null ? null : JSON.stringify(question);

  useSignalEffect(() => {
    const pos = (key === null ? nothing : position).value;
    const { at, pos: seen } = answered.current;
    if (at === 0 || pos === seen) return;
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
    if (key === null) {
      result.value = { answer: null, problem: null, loading: false, tookMs: 0 };
      return;
    }
    const stop = new AbortController();
    result.value = { ...result.peek(), loading: true };
    const first = answered.current.at === 0;
    const timer = setTimeout(
      async () => {
        const began = Date.now();
        const pos = position.peek();
        try {
          const answer = await ask<T>(path, JSON.parse(key), stop.signal);
          const tookMs = Date.now() - began;
          result.value = { answer, problem: null, loading: false, tookMs };
        } catch (error) {
          if (stop.signal.aborted) return;
          const problem = error instanceof Problem ? error : new Problem(0, 'page', String(error));
          result.value = { answer: null, problem, loading: false, tookMs: Date.now() - began };
        }
        answered.current = { at: Date.now(), pos };
      },
      first ? 0 : SETTLE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [path, key, due.value]);

  return result;
}
