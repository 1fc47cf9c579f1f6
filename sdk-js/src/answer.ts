/** What came back for a request: an action of the retry table, and what it settles; pure. */

import { VERDICTS } from "./_generated/codes.js";
import { type Action, RETRY_AFTER_CAP_MS } from "./_generated/retry.js";
import { proves } from "./ack.js";
import { normalise, type Ranges } from "./ranges.js";
import { classify, retryAfterMs } from "./retry.js";
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

/** Return the meaning of what came for a request on the stream. */
export function read(came: Response | Failure, stream: string, wallMs: number): Answer {
  const { status } = came;
  if (!("body" in came)) return meaning("backoff", AMBIGUOUS.includes(came.kind), came.kind);
  const body = parsed(came.body);
  const code = typeof body.code === "string" ? body.code : null;
  const action = classify(status, code, proves(status, came.proof, stream));
  if (action === "settle") return settling(body, stream);
  const ambiguous = status >= 200 && status < 300;
  const detail = `status ${status}${code === null ? "" : ` ${code}`}`;
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
  const asked = retryAfterMs(came.wait, wallMs);
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
    final: !retryable(code),
  };
}

function retryable(code: string): boolean {
  const known = (VERDICTS as Record<string, { retryable: boolean }>)[code];
  return known !== undefined && known.retryable;
}

function whole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
