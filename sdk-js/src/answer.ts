/** What came back for a request: an action of the retry table, and what it settles; pure. */

import { type Action, RETRY_AFTER_CAP_MS } from "./_generated/retry.js";
import { normalise, type Ranges } from "./ranges.js";
import { AMBIGUOUS, type Failure, type Response } from "./transport.js";

/** The verdict on one event; `final` = sending it again would change nothing. */
export interface Rejection {
  readonly seq: number;
  readonly code: string;
  readonly path: string | null;
  readonly limit: number | null;
  readonly final: boolean;
}

/**
 * What an answer means. `ambiguous` = the collector may have taken the request (TM-LED-06);
 * `floorMs` is the least wait it asked for.
 */
export interface Answer {
  readonly action: Action;
  readonly ambiguous: boolean;
  readonly acked: Ranges;
  readonly rejected: readonly Rejection[];
  readonly floorMs: number | null;
  readonly control: unknown;
  readonly detail: string;
}

/**
 * The retry table (TM-RTY-07), the verdicts that may be retried and the proof (TM-ACK-01), written
 * for their weight in a browser; a test holds them to the generated ones.
 */
const ACTIONS: { readonly [status: number]: Action } = {
  401: "pause",
  402: "quota",
  403: "pause",
  404: "unavailable",
  405: "unavailable",
  407: "unavailable",
  408: "backoff",
  410: "unavailable",
  413: "halve",
  415: "identity",
  421: "unavailable",
  425: "backoff",
  429: "throttle",
};
const RETRYABLE = ["quota", "internal"];

/** Return the action for an answer, by the retry table. */
export function actionOf(status: number, code: unknown, proven: boolean): Action {
  if (status < 200) return "backoff";
  if (status < 400) return proven && status < 300 ? "settle" : "intercepted";
  if (status === 400 && code === "unsupported_version") return "stop";
  if (status === 429 && code === "quota") return "quota";
  return ACTIONS[status] ?? (status < 500 ? "bisect" : "backoff");
}

/** Say whether a Tallymark-Ack header proves an answer about a stream. */
export function isProof(header: string | null, stream: string): boolean {
  const [version, ...rest] = (header ?? "").split(/[ \t]*;[ \t]*/);
  const [s, upto] = rest.sort();
  return version.trim() === "1" && s === `s=${stream.slice(0, 8)}` && /^upto=\d+[ \t]*$/.test(upto) && !rest[2];
}

/**
 * Read a Retry-After header as ms from now, at most an hour (TM-RTY-05): seconds, or a date in the one
 * form that servers may write (the two old ones are absent here, as is a leap second).
 */
export function waitOf(header: string | null, wallMs: number): number | null {
  const text = (header ?? "").trim();
  const date = new Date(text);
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : date.toUTCString() === text ? +date - wallMs : -1;
  return wait >= 0 ? Math.min(wait, RETRY_AFTER_CAP_MS) : null;
}

/** Return the meaning of what came for a request on the stream. */
export function read(came: Response | Failure, stream: string, wallMs: number): Answer {
  const { status } = came;
  if (!("body" in came)) return meaning("backoff", AMBIGUOUS.includes(came.kind), came.kind);
  const body = parsed(came.body);
  const { code } = body;
  const action = actionOf(status, code, isProof(came.proof, stream));
  if (action === "settle") return settling(body, stream);
  const ambiguous = status >= 200 && status < 300;
  const detail = `status ${status} ${code ?? ""}`;
  return { ...meaning(action, ambiguous, detail), floorMs: floor(came, body, wallMs) };
}

function meaning(action: Action, ambiguous: boolean, detail: string): Answer {
  return { action, ambiguous, acked: [], rejected: [], floorMs: null, control: null, detail };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function floor(came: Response, body: Record<string, unknown>, wallMs: number): number | null {
  const asked = waitOf(came.wait, wallMs);
  if (asked !== null) return asked;
  const value = body.retry_after_ms;
  return whole(value) ? Math.min(value, RETRY_AFTER_CAP_MS) : null;
}

/** Read the body of a proven answer; a broken one is a truncated answer. */
function settling(body: Record<string, unknown>, stream: string): Answer {
  try {
    const { upto, settled } = body.ack as { upto: number; settled?: Ranges };
    if (!whole(upto)) throw upto;
    const acked = normalise([[1, upto], ...pairs(settled)]);
    pairs(body.retry as Ranges);
    const rejected = rejections(body.rejected);
    if (body.stream !== stream) return meaning("intercepted", true, "about another stream");
    return { ...meaning("settle", false, ""), acked, rejected, control: body.control };
  } catch (error) {
    return meaning("backoff", true, `unreadable answer: ${String(error)}`);
  }
}

function pairs(given: Ranges | null | undefined): Ranges {
  const ranges = given ?? [];
  for (const [low, high] of ranges) if (!whole(low) || !whole(high) || low < 1 || low > high) throw low;
  return ranges;
}

function rejections(items: unknown): Rejection[] {
  // A stream's ledger counts its rejections (an object); only a batch's answer lists them.
  if (!Array.isArray(items)) return [];
  return items.filter((item) => "n" in item).map(rejection);
}

function rejection({ n, code, path, limit }: Record<string, unknown>): Rejection {
  if (!whole(n) || typeof code !== "string") throw code;
  return {
    seq: n,
    code,
    path: typeof path === "string" ? path : null,
    limit: whole(limit) ? limit : null,
    // Unknown codes are final and count as rejected (TM-VER-03).
    final: !RETRYABLE.includes(code),
  };
}

function whole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
