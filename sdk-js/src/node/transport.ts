/** Requests from a server: headers as the protocol has them, gzip, no redirect followed. */

import { gzipSync } from "node:zlib";

import { GZIP_ABOVE, MAX_ANSWER } from "../_generated/limits.js";
import type { Endpoint } from "../options.js";
import type { Clock } from "../steady.js";
import type { Failure, Request, Response as Answer, Transport } from "../transport.js";
import { VERSION } from "../version.js";

/** What Node's errors are called here. */
const KINDS: { readonly [code: string]: string } = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_CONNECT_TIMEOUT: "refused",
};

/** Sends by the platform's fetch: Node, Deno and Bun have it. */
export class ServerTransport implements Transport {
  constructor(
    private readonly _to: Endpoint,
    private readonly _clock: Clock,
  ) {}

  async send({ stream, body, attempt, identity, timeoutMs }: Request): Promise<Answer | Failure> {
    const { key } = this._to;
    const url = this._to.url.replace(/\/+$/, "");
    const headers: { [name: string]: string } = {
      authorization: `Bearer ${key}`,
      "tallymark-sdk": `tallymark-js/${VERSION}`,
      "tallymark-sent-at": String(this._clock.now()),
      accept: "application/json",
    };
    let packed: string | Uint8Array<ArrayBuffer> | null = body;
    if (body !== null) {
      headers["content-type"] = "application/json";
      headers["tallymark-attempt"] = String(attempt);
      if (!identity && body.length > GZIP_ABOVE) {
        headers["content-encoding"] = "gzip";
        packed = new Uint8Array(gzipSync(body, { level: 6 }));
      }
    }
    // A secret key may send events of any time since 2000.
    const batch = key.startsWith("tms_") ? "import" : "batch";
    const path = body === null ? `streams/${stream}` : batch;
    try {
      const came = await fetch(`${url}/v1/${path}`, {
        method: body === null ? "GET" : "POST",
        headers,
        body: packed,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const proof = came.headers.get("tallymark-ack");
      return { status: came.status, proof, wait: came.headers.get("retry-after"), body: await text(came) };
    } catch (error) {
      return { status: 0, kind: kindOf(error), detail: String(error) };
    }
  }
}

/** Read an answer up to the protocol's limit (TM-ACK-03); what is cut off is no JSON any more. */
async function text(came: Response): Promise<string> {
  if (came.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of came.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) break;
  }
  return Buffer.concat(chunks).toString();
}

function kindOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === "TimeoutError") return "timeout";
  const code = cause?.code ?? "";
  return KINDS[code] ?? (code.includes("CERT") || code.includes("TLS") ? "tls" : "other");
}
