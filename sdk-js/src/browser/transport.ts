/**
 * Requests by fetch, made so that no browser asks for permission first (TM-WEB-05): text/plain, the
 * key in the query, no header of our own, no credentials (TM-WEB-04), no redirect followed.
 */

import { GZIP_ABOVE } from "../_generated/limits.js";
import type { Endpoint } from "../options.js";
import type { Clock } from "../steady.js";
import type { Failure, Request, Response as Answer, Transport } from "../transport.js";

/** Sends by the browser's fetch. */
export class FetchTransport implements Transport {
  constructor(
    private readonly _to: Endpoint,
    private readonly _clock: Clock,
  ) {}

  async send({ stream, body, identity, timeoutMs, leaving }: Request): Promise<Answer | Failure> {
    const { key } = this._to;
    const url = this._to.url.replace(/\/+$/, "");
    const path = body === null ? `streams/${stream}` : "b";
    // A page that is being left does not live long enough to compress.
    const packed = body && (leaving || identity || body.length < GZIP_ABOVE ? body : await gzip(body));
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const came = await fetch(`${url}/v1/${path}?k=${key}&st=${this._clock.now()}`, {
        method: body === null ? "GET" : "POST",
        body: packed,
        keepalive: leaving,
        credentials: "omit",
        cache: "no-store",
        redirect: "manual",
        signal: abort.signal,
      });
      const { headers } = came;
      return {
        // A redirect that is not followed has no status to read.
        status: came.status || 302,
        proof: headers.get("tallymark-ack"),
        wait: headers.get("retry-after"),
        body: await came.text(),
      };
    } catch (error) {
      const kind = abort.signal.aborted ? "timeout" : navigator.onLine === false ? "refused" : "other";
      return { status: 0, kind, detail: String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

async function gzip(body: string): Promise<string | Blob> {
  if (typeof CompressionStream === "undefined") return body;
  const packed = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  // The type decides whether the browser asks first; the collector knows gzip by its first bytes.
  return new Response(packed, { headers: { "content-type": "text/plain" } }).blob();
}
