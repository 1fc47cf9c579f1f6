import { describe, expect, it } from 'vitest';
import { type Arrival, merged } from '../src/state/arrivals.ts';

const stored = (pos: number, received_at: number): Arrival => ({
  kind: 'stored',
  pos,
  received_at,
  stream: null,
  seq: null,
  id: null,
  ts: 0,
  body: '{}',
});

describe('the live list', () => {
  it('is newest first, each event once, at most as long as it may be', () => {
    const known = [stored(2, 20), stored(1, 10)];
    const found = merged(known, [stored(3, 20), stored(2, 20)], 2);
    expect(found.map((one) => one.pos)).toEqual([3, 2]);
  });

  it('keeps a refused event beside the stored one of the same position', () => {
    const refused: Arrival = {
      kind: 'refused',
      pos: 1,
      received_at: 11,
      stream: null,
      seq: null,
      code: 'bad_id',
      text: '',
      path: '',
      body: '{}',
    };
    expect(merged([stored(1, 10)], [refused], 9)).toHaveLength(2);
  });
});
