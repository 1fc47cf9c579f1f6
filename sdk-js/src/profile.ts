/** Profiles: the state a set of stored operations gives, whatever the order they come in. */

import { OPS } from "./_generated/codes.js";
import { MAX_LIST } from "./_generated/limits.js";
import { text } from "./canonical.js";
import { compareTags, type Tag } from "./merge.js";

type Json = { [key: string]: unknown };
type State = Map<string, unknown>;
type Rule = (state: State, value: any) => void;

/** The `ops` of one stored event under its tag; a tag names one event. */
export interface Operation {
  readonly tag: Tag;
  readonly ops: Json;
}

/** Return the profile of a set of operations, keys sorted (TM-PRF-01). */
export function fold(operations: Iterable<Operation>): Json {
  const unique = new Map<string, Operation>();
  for (const operation of operations) {
    const { ts, stream, seq } = operation.tag;
    unique.set(JSON.stringify([ts, stream, seq]), operation);
  }
  const state: State = new Map();
  for (const { ops } of [...unique.values()].sort((a, b) => compareTags(a.tag, b.tag))) {
    for (const name of Object.keys(OPS)) {
      const value = ops[name] ?? null;
      if (value !== null) RULES[name](state, value);
    }
  }
  return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const RULES: { readonly [op: string]: Rule } = {
  $set: (state, values) => each(values, (key, value) => state.set(key, value)),
  $set_once: (state, values) =>
    each(values, (key, value) => state.has(key) || state.set(key, value)),
  $add: (state, values) => each(values, (key, value) => add(state, key, value as number)),
  $append: (state, values) => each(values, (key, value) => extend(state, key, [value], false)),
  $union: (state, values) =>
    each(values, (key, items) => extend(state, key, items as unknown[], true)),
  $remove: (state, values) => each(values, (key, value) => remove(state, key, value)),
  $unset: (state, keys) => (keys as string[]).forEach((key) => state.delete(key)),
  $delete: (state) => state.clear(),
};

function each(values: Json, apply: (key: string, value: unknown) => unknown): void {
  for (const [key, value] of Object.entries(values)) apply(key, value);
}

function add(state: State, key: string, value: number): void {
  const held = state.has(key) ? state.get(key) : 0;
  if (typeof held !== "number") return;
  // Sums stay in the range JSON can hold.
  state.set(key, Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, held + value)));
}

function extend(state: State, key: string, items: readonly unknown[], unique: boolean): void {
  const held = state.has(key) ? state.get(key) : [];
  if (!Array.isArray(held)) return;
  const list: unknown[] = [...held];
  for (const item of items) if (!(unique && holds(list, item))) list.push(item);
  state.set(key, list.slice(-MAX_LIST));
}

function remove(state: State, key: string, value: unknown): void {
  const held = state.get(key);
  if (!Array.isArray(held)) return;
  const wanted = text(value);
  state.set(key, held.filter((item) => text(item) !== wanted));
}

function holds(list: readonly unknown[], item: unknown): boolean {
  const wanted = text(item);
  return list.some((other) => text(other) === wanted);
}
