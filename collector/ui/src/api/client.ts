import { Problem, problemOf } from './problem.ts';

/** Ask the collector this page came from; throw a `Problem` when it does not answer the question. */
export async function ask<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const request: RequestInit = { headers: { accept: 'application/json' }, signal: signal ?? null };
  if (body !== undefined) {
    request.method = 'POST';
    request.headers = { ...request.headers, 'content-type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', 'The collector does not answer. Is it still running?');
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok || answer === null) throw problemOf(response.status, answer);
  return answer as T;
}
