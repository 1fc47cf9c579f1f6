import { describe, expect, it } from 'vitest';
import { recordLines } from '../src/text/record.ts';

const marked = (body: string, path: string | null): string[] =>
  recordLines(body, path)
    .filter((line) => line.marked)
    .map((line) => line.text.trim());

describe('a record', () => {
  it('is written like JSON.stringify writes it', () => {
    const value = { e: 'buy', p: { tags: ['a', 'b'], empty: {}, none: [], x: null, n: 1.5 } };
    const text = recordLines(JSON.stringify(value), null).map((line) => line.text);
    expect(text.join('\n')).toBe(JSON.stringify(value, null, 2));
  });

  it('marks the line at fault', () => {
    expect(marked('{"e":"buy","u":"null"}', 'u')).toEqual(['"u": "null"']);
  });

  it('marks everything inside what is at fault', () => {
    expect(marked('{"p":{"a":{"b":1}},"e":"x"}', 'p.a')).toEqual(['"a": {', '"b": 1', '}']);
  });

  it('finds members of lists by their index', () => {
    expect(marked('{"p":{"tags":["a",{"x":1}]}}', 'p.tags.1.x')).toEqual(['"x": 1']);
  });

  it('finds keys that hold dots themselves', () => {
    expect(marked('{"p":{"a.b":1,"c":2}}', 'p.a.b')).toEqual(['"a.b": 1,']);
  });

  it('marks what is around a missing field', () => {
    expect(marked('{"p":{"a":1}}', 'p.b.c')).toEqual(['"p": {', '"a": 1', '}']);
    expect(marked('{"p":1}', 'e')).toEqual([]);
  });

  it('does not take a name for the beginning of another', () => {
    expect(marked('{"p":{"ab":1,"a":2}}', 'p.a')).toEqual(['"a": 2']);
  });

  it('shows text that is not JSON as it is', () => {
    expect(recordLines('{"e": ', 'e')).toEqual([{ text: '{"e": ', marked: true }]);
  });
});
