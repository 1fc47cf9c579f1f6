import { project } from '../state/project.ts';
import { Problem, problemOf } from './problem.ts';

interface Options {
  /** Sent as JSON; without it the request is a GET. */
  body?: unknown;
  signal?: AbortSignal;
  /** The project asked about, null for the one that opens; as a rule the one shown. */
  project?: string | null;
}

/** Ask the collector this page came from; throw a `Problem` when it does not answer the question. */
export async function ask<T>(path: string, options: Options = {}): Promise<T> {
  const response = await fetched(path, options);
  if (response.status === 401 && (await renewed())) {
    return answered<T>(await fetched(path, options));
  }
  return answered<T>(response);
}

/** Return a path of the API with the project it is asked about. */
export function about(path: string, name: string | null = project.value): string {
  return name === null ? path : `${path}?${new URLSearchParams({ project: name })}`;
}

let renewing: Promise<boolean> | null = null;

/**
 * Sign in again: sessions end by time and with the collector's process.
 *
 * Opening the page is what signs in, so it is asked for once, whoever waits. Tells whether the
 * collector is there.
 */
export function renewed(): Promise<boolean> {
  renewing ??= fetch('/', { headers: { accept: 'text/html' } })
    .then(
      (page) => page.ok,
      () => false,
    )
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

async function fetched(path: string, { body, signal, project: name }: Options): Promise<Response> {
  const request: RequestInit = { headers: { accept: 'application/json' }, signal: signal ?? null };
  if (body !== undefined) {
    request.method = 'POST';
    request.headers = { ...request.headers, 'content-type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  try {
    return await fetch(about(path, name === undefined ? project.value : name), request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', 'The collector does not answer. Is it still running?');
  }
}

async function answered<T>(response: Response): Promise<T> {
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok || answer === null) throw problemOf(response.status, answer);
  return answer as T;
}
