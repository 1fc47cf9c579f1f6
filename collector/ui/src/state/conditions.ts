import { type Json, joined, parted } from './parts.ts';

export type Scalar = string | number | boolean | null;

export const OPERATORS = [
  'is',
  'is_not',
  'contains',
  'not_contains',
  'gt',
  'gte',
  'lt',
  'lte',
  'set',
  'not_set',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One condition on a property; several values stand for any of them. */
export interface Condition {
  property: string;
  op: Operator;
  values: Scalar[];
}

export const MAX_CONDITIONS = 10;
const MAX_VALUES = 50;

/** Tell whether an operator takes a list of values, one value, or none. */
export function takes(op: Operator): 'many' | 'one' | 'none' {
  if (op === 'set' || op === 'not_set') return 'none';
  return op === 'is' || op === 'is_not' ? 'many' : 'one';
}

/** Tell whether a condition can be asked: with a property, and with the values it takes. */
export function isComplete({ property, op, values }: Condition): boolean {
  const need = takes(op);
  if (property === '') return false;
  if (need === 'none') return values.length === 0;
  if (need === 'many') return values.length > 0;
  const value = values[0];
  if (values.length !== 1 || value === '') return false;
  if (op === 'contains' || op === 'not_contains') return typeof value === 'string';
  return typeof value === 'string' || typeof value === 'number';
}

/** Write a condition for the address. */
export function writeCondition({ property, op, values }: Condition): string {
  return joined([property, op, ...values]);
}

/** Read a condition from the address, null when it is none. */
export function readCondition(text: string): Condition | null {
  const [name, op, ...values] = parted(text);
  const property = nameOf(name);
  const operator = OPERATORS.find((one) => one === op);
  if (property === null || operator === undefined) return null;
  const scalars = values.filter(isScalar).slice(0, MAX_VALUES);
  const condition = { property, op: operator, values: scalars };
  return isComplete(condition) ? condition : null;
}

function isScalar(value: Json): value is Scalar {
  return value === null || typeof value !== 'object';
}

/** A name that looks like a number was read as one. */
function nameOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Return the filter of a question, null without conditions: all of them must hold. */
export function filterOf(conditions: readonly Condition[]): object | null {
  const parts = conditions.map(({ property, op, values }) => {
    const need = takes(op);
    if (need === 'none') return { property, op };
    return { property, op, value: values.length === 1 ? values[0] : values };
  });
  if (parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] ?? null) : { all: parts };
}
