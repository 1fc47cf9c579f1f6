import { linePath, plot } from './geometry.ts';

const BOX = { width: 110, height: 28, left: 1, right: 1, top: 3, bottom: 3 };

/** How a number came about, too small to be read off: the report it leads to has the values. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const found = values.filter((value) => value !== null);
  const size = { count: values.length, least: 0, most: Math.max(0, ...found) };
  const layout = plot(BOX, size, 'line');
  const marks = values.map((value, index) => ({ index, value }));
  return (
    <svg class="sparkline c0" viewBox={`0 0 ${BOX.width} ${BOX.height}`} aria-hidden="true">
      <path class="line" d={linePath(layout, marks)} />
    </svg>
  );
}
