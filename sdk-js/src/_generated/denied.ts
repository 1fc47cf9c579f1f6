// Ids that stand for none (TM-VAL-06). Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

export const DENIED_IDS: ReadonlySet<string> = new Set([
  "",
  "null",
  "undefined",
  "none",
  "nil",
  "anonymous",
  "unknown",
  "0",
  "-1",
  "true",
  "false",
  "[]",
  "{}",
  "[object object]",
  "nan",
  "00000000-0000-0000-0000-000000000000",
]);
