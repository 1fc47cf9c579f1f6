/** An answer that is not the one asked for: what happened and, where known, what is wrong. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly path: string | null = null,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

interface ProblemDocument {
  code?: unknown;
  detail?: unknown;
  title?: unknown;
  path?: unknown;
}

/** Read the problem document of an answer; whatever sits before the collector may send none. */
export function problemOf(status: number, body: unknown): Problem {
  const document = (typeof body === 'object' && body !== null ? body : {}) as ProblemDocument;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return new Problem(
    status,
    text(document.code) ?? 'unreadable',
    text(document.detail) ?? text(document.title) ?? `The server answered ${status}.`,
    text(document.path),
  );
}

/** Return whatever was thrown as a problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'page', String(error));
}
