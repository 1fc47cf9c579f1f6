/** One request to the collector and what came back; a transport decides nothing, throws nothing. */

/** One attempt: a batch, or (body null) the question how far the stream is settled. */
export interface Request {
  readonly stream: string;
  readonly body: string | null;
  readonly attempt: number;
  /** The body must not be compressed. */
  readonly identity: boolean;
  readonly timeoutMs: number;
  /** The page is being left: the request must outlive it. */
  readonly leaving: boolean;
}

/** An answer as it came; `proof` is its Tallymark-Ack header, `wait` its Retry-After. */
export interface Response {
  readonly status: number;
  readonly proof: string | null;
  readonly wait: string | null;
  readonly body: string;
}

/**
 * Why there is no answer: `timeout`, `refused`, `dns`, `tls`, `reset`, `truncated`, `too_large`,
 * `proxy`, `other`.
 */
export interface Failure {
  readonly status: 0;
  readonly kind: string;
  readonly detail?: string;
}

/** Sends one request and waits for its end, at most about `timeoutMs`. */
export interface Transport {
  send(request: Request): Promise<Response | Failure>;
}

/** Kinds after which nobody knows whether the collector took the request (TM-LED-06). */
export const AMBIGUOUS = "timeout reset truncated too_large other";
