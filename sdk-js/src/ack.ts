/** The proof that an answer comes from a collector: the `Tallymark-Ack` header (TM-ACK-01). */

const STREAMLESS = "*";

/** A well-formed `Tallymark-Ack`: the stream's first eight digits (or `*`) and its upto. */
export interface AckProof {
  readonly stream: string;
  readonly upto: number | null;
}

/** Write the header for a stream and its cumulative ack; both null for a streamless request. */
export function formatAck(stream: string | null, upto: number | null): string {
  if (stream === null) return `1; s=${STREAMLESS}; upto=${STREAMLESS}`;
  return `1; s=${stream.slice(0, 8)}; upto=${upto ?? 0}`;
}

/** Read the header; null when it is absent or not one of version 1. */
export function parseAck(value: string | null): AckProof | null {
  if (value === null) return null;
  const [version, ...rest] = value.split(";").map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""));
  const pairs = rest.filter((part) => part.includes("=")).map(split);
  const parameters = new Map(pairs);
  if (version !== "1" || parameters.size !== pairs.length) return null;
  const stream = parameters.get("s") ?? "";
  const upto = parameters.get("upto") ?? "";
  if (stream === STREAMLESS) {
    return upto === "" || upto === STREAMLESS ? { stream, upto: null } : null;
  }
  if (!/^[0-9a-f]{8}$/.test(stream) || !/^(?:0|[1-9][0-9]{0,15})$/.test(upto)) return null;
  return Number.isSafeInteger(Number(upto)) ? { stream, upto: Number(upto) } : null;
}

/** Say whether an answer acknowledges a request on the stream (null: streamless). */
export function proves(status: number, header: string | null, stream: string | null): boolean {
  const proof = parseAck(header);
  if (proof === null || status < 200 || status > 299) return false;
  return proof.stream === (stream === null ? STREAMLESS : stream.slice(0, 8));
}

function split(part: string): [string, string] {
  const at = part.indexOf("=");
  return [part.slice(0, at), part.slice(at + 1)];
}
