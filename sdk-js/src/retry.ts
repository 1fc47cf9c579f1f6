/** What an SDK does with an answer: the retry table, backoff and `Retry-After`. */

import {
  type Action,
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
  BACKOFF_LONG_AFTER,
  BACKOFF_LONG_CAP_MS,
  RETRY_AFTER_CAP_MS,
  type Rule,
  TABLE,
} from "./_generated/retry.js";

const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const TIME = "(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)";
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const DATES: readonly RegExp[] = [
  `${DAY}, (?<day>\\d\\d) (?<month>${MONTHS}) (?<year>\\d{4}) ${TIME} GMT`,
  `${LONG_DAY}, (?<day>\\d\\d)-(?<month>${MONTHS})-(?<year>\\d\\d) ${TIME} GMT`,
  `${DAY} (?<month>${MONTHS}) (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/** Return the action for an answer, by the retry table (TM-RTY-07); status 0 is no answer. */
export function classify(status: number, code: string | null, proven: boolean): Action {
  return TABLE.find((rule) => applies(rule, status, code, proven))?.action ?? "backoff";
}

/** Return the longest wait after that many failures in a row (TM-RTY-01). */
export function ceilingMs(failures: number): number {
  if (failures <= 0) return 0;
  const cap = failures > BACKOFF_LONG_AFTER ? BACKOFF_LONG_CAP_MS : BACKOFF_CAP_MS;
  return Math.min(cap, BACKOFF_BASE_MS * 2 ** Math.min(failures - 1, 32));
}

/** Read a `Retry-After` header as ms from now, at most an hour (TM-RTY-05). */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.replace(/^[ \t]+|[ \t]+$/g, "");
  if (/^[0-9]+$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_CAP_MS);
  const moment = httpDateMs(text, nowMs);
  if (moment === null || moment < nowMs) return null;
  return Math.min(moment - nowMs, RETRY_AFTER_CAP_MS);
}

function applies(rule: Rule, status: number, code: string | null, proven: boolean): boolean {
  const inRange = rule.low <= status && status <= rule.high;
  const known = (rule.code ?? code) === code && (rule.proven ?? proven) === proven;
  return inRange && known;
}

/** Read the three date forms of RFC 9110, section 5.6.7. */
function httpDateMs(text: string, nowMs: number): number | null {
  const parts = DATES.map((form) => form.exec(text)).find((match) => match !== null)?.groups;
  if (!parts) return null;
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number);
  const year = parts.year.length === 4 ? Number(parts.year) : fullYear(Number(parts.year), nowMs);
  const month = MONTHS.split("|").indexOf(parts.month) + 1;
  if (day < 1 || day > daysIn(year, month)) return null;
  return (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

/** Read a two-digit year as the RFC says: at most 50 years ahead. */
function fullYear(twoDigits: number, nowMs: number): number {
  const nowYear = 1970 + Math.floor(nowMs / 31_556_952_000);
  const year = nowYear - (nowYear % 100) + twoDigits;
  return year > nowYear + 50 ? year - 100 : year;
}

/** Count the days from 1970-01-01 in the Gregorian calendar. */
function days(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return 365 * shifted + leaps + dayOfYear - 719_468;
}

function daysIn(year: number, month: number): number {
  const following = month === 12 ? days(year + 1, 1, 1) : days(year, month + 1, 1);
  return following - days(year, month, 1);
}
