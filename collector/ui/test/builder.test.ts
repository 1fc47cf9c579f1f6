import { describe, expect, it } from 'vitest';
import type { Property } from '../src/api/types.ts';
import { propertyOptions, typedValue, valueOptions } from '../src/builder/property.ts';
import { matching } from '../src/kit/options.ts';
import { segmentName, valueName } from '../src/text/segment.ts';

function property(
  name: string,
  values: Property['values'],
  more: Partial<Property> = {},
): Property {
  const count = values.reduce((sum, one) => sum + one.count, 0);
  return { name, count, numbers: 0, events: [], values, more_values: 0, ...more };
}

describe('a typed value', () => {
  const amount = property('amount', [{ value: 5, count: 9 }], { numbers: 9, count: 9 });
  const zip = property('zip', [{ value: '01234', count: 9 }]);
  const flag = property('flag', [{ value: true, count: 1 }]);

  it('is of the type the property has', () => {
    expect(typedValue('7', amount)).toBe(7);
    expect(typedValue('-0.5', amount)).toBe(-0.5);
    expect(typedValue('01234', zip)).toBe('01234');
    expect(typedValue('7', zip)).toBe('7');
    expect(typedValue('true', flag)).toBe(true);
    expect(typedValue('7', undefined)).toBe('7');
  });

  it('stays a text where it is no number', () => {
    expect(typedValue('many', amount)).toBe('many');
    expect(typedValue(' ', amount)).toBe(' ');
    expect(typedValue('1e999', amount)).toBe('1e999');
  });
});

describe('what can be chosen', () => {
  it('begins with the properties of the events asked about', () => {
    const all = [property('a', []), property('b', [], { events: ['buy'] })];
    expect(propertyOptions(all, ['buy']).map((one) => one.key)).toEqual(['b', 'a']);
    expect(propertyOptions(all, []).map((one) => one.key)).toEqual(['a', 'b']);
  });

  it('tells values apart that look alike', () => {
    const values = [1, '1', true, 'true', null, '', '\u202e'].map((value) => ({ value, count: 1 }));
    const options = valueOptions(property('x', values));
    expect(new Set(options.map((one) => one.key)).size).toBe(values.length);
    expect(options.map((one) => one.text)).toEqual([
      '1',
      '1',
      'true',
      'true',
      'null',
      '""',
      '\\u{202e}',
    ]);
  });

  it('is found by any part of its name, from the beginning first', () => {
    const options = ['add_to_cart', 'cart', 'Cartoon', 'home'].map((text) => ({ key: text, text }));
    expect(matching(options, ' CART ').map((one) => one.key)).toEqual([
      'cart',
      'Cartoon',
      'add_to_cart',
    ]);
    expect(matching(options, '')).toHaveLength(4);
    expect(matching(options, 'x')).toEqual([]);
  });
});

describe('a segment', () => {
  it('is named by its values', () => {
    expect(segmentName({ platform: 'ios', paid: true })).toBe('ios · true');
    expect(segmentName({ a: '$other', b: '$other' })).toBe('all others');
    expect(segmentName(undefined)).toBe('');
    expect(segmentName({ a: '$undefined', b: '$$other' })).toBe('(not set) · $other');
    expect(segmentName({ a: '$$$undefined', b: '$price' })).toBe('$$undefined · $price');
    expect(valueName('$other')).toBe('$other');
    expect(valueName({ a: [1] })).toBe('{"a":[1]}');
  });
});
