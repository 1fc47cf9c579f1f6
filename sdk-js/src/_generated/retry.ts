// The retry table. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

/** ceiling of the wait after the first failure */
export const BACKOFF_BASE_MS = 500;
/** highest ceiling at first */
export const BACKOFF_CAP_MS = 60000;
/** failures in a row after which the higher cap holds */
export const BACKOFF_LONG_AFTER = 10;
/** highest ceiling after that */
export const BACKOFF_LONG_CAP_MS = 300000;
/** longest Retry-After that is honoured */
export const RETRY_AFTER_CAP_MS = 3600000;
/** added at random on top of Retry-After */
export const RETRY_AFTER_JITTER_PERCENT = 20;
/** wait after 401 and 403 */
export const PAUSE_MS = 900000;
/** how long the lower size after 413 is remembered */
export const CAP_MEMORY_MS = 600000;
/** failures in a row after which intercepted or unavailable is surfaced */
export const SURFACE_AFTER = 3;
/** extra requests on a healthy connection */
export const BUDGET_PERCENT = 10;
/** window of that budget */
export const BUDGET_WINDOW_MS = 60000;

export type Action = "settle" | "backoff" | "intercepted" | "bisect" | "stop" | "pause" | "unavailable" | "quota" | "throttle" | "halve" | "identity";

export interface Rule {
  low: number;
  high: number;
  code?: string;
  proven?: boolean;
  action: Action;
}

export const TABLE: readonly Rule[] = [
  {"low": 200, "high": 299, "proven": true, "action": "settle"},
  {"low": 200, "high": 399, "action": "intercepted"},
  {"low": 400, "high": 400, "code": "unsupported_version", "action": "stop"},
  {"low": 400, "high": 400, "action": "bisect"},
  {"low": 401, "high": 401, "action": "pause"},
  {"low": 402, "high": 402, "action": "quota"},
  {"low": 403, "high": 403, "action": "pause"},
  {"low": 404, "high": 405, "action": "unavailable"},
  {"low": 407, "high": 407, "action": "unavailable"},
  {"low": 408, "high": 408, "action": "backoff"},
  {"low": 410, "high": 410, "action": "unavailable"},
  {"low": 413, "high": 413, "action": "halve"},
  {"low": 415, "high": 415, "action": "identity"},
  {"low": 421, "high": 421, "action": "unavailable"},
  {"low": 425, "high": 425, "action": "backoff"},
  {"low": 429, "high": 429, "code": "quota", "action": "quota"},
  {"low": 429, "high": 429, "action": "throttle"},
  {"low": 400, "high": 499, "action": "bisect"},
];
