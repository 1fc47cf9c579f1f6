import { describe, expect, it } from 'vitest';
import {
  areaPath,
  type Box,
  type Kind,
  linePath,
  nearest,
  plot,
  shade,
  stacked,
  ticks,
} from '../src/charts/geometry.ts';

const BOX: Box = { width: 400, height: 200, left: 40, right: 10, top: 10, bottom: 20 };

describe('the layout of a plot', () => {
  it('puts the first and the last bucket at the edges', () => {
    const layout = plot(BOX, { count: 5, least: 0, most: 100 }, 'line');
    expect(layout.x(0)).toBe(40);
    expect(layout.x(4)).toBe(390);
    expect(layout.y(0)).toBe(180);
    expect(layout.y(100)).toBe(10);
  });

  it('puts a single bucket into the middle and survives nothing at all', () => {
    expect(plot(BOX, { count: 1, least: 0, most: 0 }, 'line').x(0)).toBe(215);
    expect(plot(BOX, { count: 0, least: 0, most: 0 }, 'line').xTicks).toEqual([]);
  });

  it('has whole ticks for small counts', () => {
    for (const most of [1, 2, 3, 4]) {
      expect(
        plot(BOX, { count: 3, least: 0, most: most }, 'line').yTicks.every(Number.isInteger),
      ).toBe(true);
    }
  });

  it('finds the bucket under every place, the nearest at and beyond the edges', () => {
    for (const kind of ['line', 'column'] satisfies Kind[]) {
      for (const count of [1, 2, 7, 365]) {
        const layout = plot(BOX, { count: count, least: 0, most: 1 }, kind);
        for (let index = 0; index < count; index += 1) {
          expect(nearest(BOX, count, layout.x(index), kind)).toBe(index);
        }
        expect(nearest(BOX, count, -50, kind)).toBe(0);
        expect(nearest(BOX, count, 999, kind)).toBe(count - 1);
      }
    }
  });

  it('keeps columns apart and inside the box', () => {
    for (const count of [1, 3, 40, 365]) {
      const { x, band } = plot(BOX, { count: count, least: 0, most: 1 }, 'column');
      expect(x(0) - band / 2).toBeGreaterThanOrEqual(BOX.left - 0.5);
      expect(x(count - 1) + band / 2).toBeLessThanOrEqual(BOX.width - BOX.right + 0.5);
      if (count === 40) expect(x(1) - x(0)).toBeGreaterThan(band);
    }
  });

  it('shows small rates large and negative values below zero', () => {
    const rates = plot(BOX, { count: 3, least: 0, most: 0.34 }, 'line');
    expect(rates.y(0.34)).toBeLessThan(60);
    const below = plot(BOX, { count: 3, least: -5, most: -1 }, 'line');
    expect(below.y(0)).toBeLessThan(below.y(-5));
  });
});

describe('ticks', () => {
  it('are evenly spaced and never more than asked for', () => {
    for (let count = 0; count < 400; count += 1) {
      for (const most of [2, 5, 12]) {
        const found = ticks(count, most);
        expect(found.length).toBeLessThanOrEqual(most);
        expect(found.length > 0).toBe(count > 0);
        const steps = new Set(found.slice(1).map((tick, place) => tick - (found[place] ?? 0)));
        expect(steps.size).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('ticks of hours', () => {
  it('stand at parts of a day, the first of it among them', () => {
    expect(ticks(24, 8, 24)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(ticks(72, 10, 24)).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64]);
    expect(ticks(168, 4, 24)).toEqual([0, 48, 96, 144]);
    for (let count = 0; count < 800; count += 7) {
      const found = ticks(count, 6, 24);
      expect(found.length).toBeLessThanOrEqual(6);
      expect(found.every((one) => one % 24 === 0 || 24 % (found[1] ?? 1) === 0)).toBe(true);
    }
  });
});

describe('paths', () => {
  const layout = plot(BOX, { count: 3, least: 0, most: 10 }, 'line');

  it('break where a value is missing', () => {
    const gap = linePath(layout, [
      { index: 0, value: 1 },
      { index: 1, value: null },
      { index: 2, value: 2 },
    ]);
    expect(gap.match(/M/g)).toHaveLength(2);
  });

  it('close the area at zero', () => {
    const outline = areaPath(layout, [
      { index: 0, value: 5 },
      { index: 2, value: 10 },
    ]);
    expect(outline.endsWith('Z')).toBe(true);
    expect(outline).toContain(`${layout.y(0)}`);
  });
});

describe('shades', () => {
  it('rise with the rate, and only nothing is the first', () => {
    expect([null, 0, 0.001, 0.5, 1].map(shade)).toEqual([0, 0, 1, 5, 9]);
  });
});

describe('stacked columns', () => {
  it('stand on each other without gaps, and nothing is drawn of nothing', () => {
    expect(
      stacked([
        [1, 0, null],
        [2, 3, 0],
      ]),
    ).toEqual([
      { line: 0, index: 0, from: 0, to: 1 },
      { line: 1, index: 0, from: 1, to: 3 },
      { line: 1, index: 1, from: 0, to: 3 },
    ]);
    expect(stacked([])).toEqual([]);
  });
});
