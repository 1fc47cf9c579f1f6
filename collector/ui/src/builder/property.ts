import type { Property } from '../api/types.ts';
import type { Option } from '../kit/options.ts';
import type { Scalar } from '../state/conditions.ts';
import { number } from '../text/numbers.ts';
import { valueName } from '../text/segment.ts';
import { shortened, shown } from '../text/shown.ts';

/** Return the properties to choose from: those of the events asked about come first. */
export function propertyOptions(
  properties: readonly Property[],
  events: readonly string[],
): Option[] {
  const near = (one: Property): boolean => events.some((name) => one.events.includes(name));
  const order = [...properties].sort((a, b) => Number(near(b)) - Number(near(a)));
  return order.map((one) => ({
    key: one.name,
    text: shortened(shown(one.name), 60),
    hint: number(one.count),
  }));
}

/** Return the values of a property to choose from, the most frequent first. */
export function valueOptions(property: Property | undefined): Option[] {
  return (property?.values ?? []).map(({ value, count }) => ({
    key: JSON.stringify(value),
    text: shortened(shown(valueName(value)), 60),
    hint: number(count),
  }));
}

/** Read a typed value as the property's own values are: a number among numbers is a number. */
export function typedValue(text: string, property: Property | undefined): Scalar {
  const known = property?.values.find((one) => valueName(one.value) === text);
  if (known !== undefined) return known.value;
  const numeric = property !== undefined && property.numbers * 2 > property.count;
  return numeric && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
