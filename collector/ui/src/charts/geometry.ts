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

/** Lines run from edge to edge; columns each stand in a band of their own. */
export type Kind = 'line' | 'column';

export interface Plot {
  x: (index: number) => number;
  y: (value: number) => number;
  /** How wide a column is. */
  band: number;
  yTicks: number[];
  xTicks: number[];
}

const LABEL_WIDTH = 76;

/** What a plot holds: so many buckets, and values between two bounds. */
export interface Extent {
  count: number;
  least: number;
  most: number;
  /** How many buckets make a round whole, as 24 hours do: labels stand at its parts. */
  round?: number;
}

/** Lay out buckets and values in a box; the scale begins at 0 or below. */
export function plot(box: Box, { count, least, most, round }: Extent, kind: Kind): Plot {
  const inner = box.width - box.left - box.right;
  const highest = most > 0 ? most : least < 0 ? 0 : 1;
  const y = scaleLinear([Math.min(0, least), highest], [box.height - box.bottom, box.top]);
  y.nice(4);
  const whole = most <= 4 && Number.isInteger(most);
  const slot = inner / Math.max(1, count);
  return {
    x: (index) => box.left + place(kind, count, index) * inner,
    y: (value) => y(value) ?? 0,
    band: Math.max(1, Math.min(64, slot - Math.min(8, slot * 0.3))),
    yTicks: y.ticks(4).filter((tick) => !whole || Number.isInteger(tick)),
    xTicks: ticks(count, Math.max(2, Math.floor(inner / LABEL_WIDTH)), round),
  };
}

/** Return where a bucket stands, between 0 and 1. */
function place(kind: Kind, count: number, index: number): number {
  if (kind === 'column') return (index + 0.5) / Math.max(1, count);
  return count <= 1 ? 0.5 : index / (count - 1);
}

/** Choose at most *most* of *count* indexes, evenly spaced from the first, in step with a round. */
export function ticks(count: number, most: number, round = 1): number[] {
  const least = Math.max(1, Math.ceil(count / most));
  const parts = Array.from({ length: round }, (_, place) => place + 1);
  const part = parts.find((one) => round % one === 0 && one >= least);
  const step = round === 1 ? least : (part ?? Math.ceil(least / round) * round);
  return Array.from({ length: Math.ceil(count / step) }, (_, place) => place * step);
}

/** Return the index whose place is nearest to *x*. */
export function nearest(box: Box, count: number, x: number, kind: Kind): number {
  if (count <= 1) return 0;
  const share = (x - box.left) / (box.width - box.left - box.right);
  const index = kind === 'column' ? Math.floor(share * count) : Math.round(share * (count - 1));
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

/** A piece of a column, from one value up to another. */
export interface Piece {
  line: number;
  index: number;
  from: number;
  to: number;
}

/** Stack the values of each bucket, the first line at the bottom; nothing of nothing. */
export function stacked(lines: readonly (readonly (number | null)[])[]): Piece[] {
  const pieces: Piece[] = [];
  const count = lines[0]?.length ?? 0;
  for (let index = 0; index < count; index += 1) {
    let top = 0;
    lines.forEach((values, line) => {
      const value = values[index] ?? 0;
      if (value > 0) {
        pieces.push({ line, index, from: top, to: top + value });
        top += value;
      }
    });
  }
  return pieces;
}

/** Return which of ten shades a rate between 0 and 1 gets; only nothing at all is the first. */
export function shade(rate: number | null): number {
  if (rate === null || rate <= 0) return 0;
  return Math.min(9, 1 + Math.floor(rate * 9));
}
