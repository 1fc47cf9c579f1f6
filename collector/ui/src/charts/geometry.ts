import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';

/** One point of a line: its place among the buckets and its value, null where there is none. */
export interface Mark {
  index: number;
  value: number | null;
}

export interface Box {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Plot {
  x: (index: number) => number;
  y: (value: number) => number;
  yTicks: number[];
  xTicks: number[];
}

/** Lay out *count* buckets of values up to *most* in a box; the scale begins at 0 or below. */
export function plot(box: Box, count: number, least: number, most: number): Plot {
  const inner = box.width - box.left - box.right;
  const y = scaleLinear(
    [Math.min(0, least), Math.max(most, 1)],
    [box.height - box.bottom, box.top],
  );
  y.nice(4);
  const whole = most <= 4 && Number.isInteger(most);
  return {
    x: (index) => box.left + (count <= 1 ? inner / 2 : (index / (count - 1)) * inner),
    y: (value) => y(value) ?? 0,
    yTicks: y.ticks(4).filter((tick) => !whole || Number.isInteger(tick)),
    xTicks: ticks(count, Math.max(2, Math.floor(inner / 72))),
  };
}

/** Choose at most *most* of *count* indexes, evenly spaced from the first. */
export function ticks(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, place) => place * step);
}

/** Return the index whose place is nearest to *x*. */
export function nearest(box: Box, count: number, x: number): number {
  if (count <= 1) return 0;
  const inner = box.width - box.left - box.right;
  const index = Math.round(((x - box.left) / inner) * (count - 1));
  return Math.max(0, Math.min(count - 1, index));
}

/** Return the path through the marks; it breaks where a value is missing. */
export function linePath(layout: Plot, marks: readonly Mark[]): string {
  const path = line<Mark>(
    (mark) => layout.x(mark.index),
    (mark) => layout.y(mark.value ?? 0),
  ).defined((mark) => mark.value !== null);
  return path([...marks]) ?? '';
}

/** Return the outline of the area under the marks. */
export function areaPath(layout: Plot, marks: readonly Mark[]): string {
  const path = area<Mark>(
    (mark) => layout.x(mark.index),
    layout.y(0),
    (mark) => layout.y(mark.value ?? 0),
  ).defined((mark) => mark.value !== null);
  return path([...marks]) ?? '';
}

/** Return which of ten shades a rate between 0 and 1 gets; only nothing at all is the first. */
export function shade(rate: number | null): number {
  if (rate === null || rate <= 0) return 0;
  return Math.min(9, 1 + Math.floor(rate * 9));
}
