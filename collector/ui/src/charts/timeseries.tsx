import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import type { Interval, Series } from '../api/types.ts';
import { Scroll } from '../kit/scroll.tsx';
import { Foreign } from '../kit/text.tsx';
import { useWidth } from '../kit/width.ts';
import { bucket, tick, unfinished } from '../text/dates.ts';
import { number, short } from '../text/numbers.ts';
import { shown } from '../text/shown.ts';
import { areaPath, type Box, linePath, type Mark, nearest, type Plot, plot } from './geometry.ts';

interface Props {
  title: string;
  unit: string;
  series: readonly Series[];
  interval: Interval;
  timezone: string;
  height?: number;
  onOpen: (series: number, at: string | null) => void;
}

const SIDE = { left: 44, right: 14, top: 12, bottom: 26 };

/** Lines over time: read by pointer or arrow keys, opened by click or Enter, a table behind. */
export function TimeSeries(props: Props) {
  const { title, series, interval, timezone, height = 250, onOpen } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 640);
  const cursor = useSignal<number | null>(null);
  const chosen = useSignal(0);
  const labels = series[0]?.points.map((point) => point.at) ?? [];
  const values = series.flatMap((one) => one.points.map((point) => point.value ?? 0));
  const box: Box = { width, height, ...SIDE };
  const layout = plot(box, labels.length, Math.min(0, ...values), Math.max(0, ...values));
  const line = Math.min(chosen.value, series.length - 1);
  const at = cursor.value === null ? null : Math.min(cursor.value, labels.length - 1);

  const move = (event: MouseEvent & { currentTarget: HTMLDivElement }): void => {
    const place = event.currentTarget.getBoundingClientRect();
    const index = nearest(box, labels.length, event.clientX - place.left);
    cursor.value = index;
    chosen.value = nearestLine(series, layout, index, event.clientY - place.top);
  };
  const key = (event: KeyboardEvent): void => {
    const here = at ?? labels.length;
    const moves: Record<string, number> = {
      ArrowRight: at === null ? 0 : here + 1,
      ArrowLeft: here - 1,
      PageDown: here + 10,
      PageUp: here - 10,
      Home: 0,
      End: labels.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) cursor.value = Math.max(0, Math.min(labels.length - 1, to));
    else if (event.key === 'ArrowDown') chosen.value = (line + 1) % series.length;
    else if (event.key === 'ArrowUp') chosen.value = (line + series.length - 1) % series.length;
    else if (event.key === 'Enter' && at !== null) onOpen(line, labels[at] ?? null);
    else if (event.key === 'Escape' && at !== null) cursor.value = null;
    else return;
    event.preventDefault();
  };
  const spoken = at === null ? 'no point chosen' : reading(props, at, line);

  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id} class="sr">
        {title}
      </figcaption>
      <div
        class="frame"
        ref={frame}
        role="slider"
        tabIndex={0}
        aria-label={`${title}. Left and right arrows read the points, up and down choose the line, Enter shows the people.`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, labels.length - 1)}
        aria-valuenow={at ?? 0}
        aria-valuetext={spoken}
        onMouseMove={move}
        onMouseLeave={() => {
          cursor.value = null;
        }}
        onClick={() => at !== null && onOpen(line, labels[at] ?? null)}
        onKeyDown={key}
      >
        <svg
          class="plot"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden="true"
        >
          <Axes box={box} layout={layout} labels={labels} interval={interval} />
          {series.map((one, index) => (
            <Line
              key={`${index} ${one.name}`}
              place={index}
              alone={series.length === 1}
              series={one}
              layout={layout}
              openEnd={
                one.points.at(-1)?.partial === true ||
                unfinished(labels.at(-1) ?? '', interval, timezone, Date.now())
              }
            />
          ))}
          {at !== null && (
            <g>
              <line
                class="cursor"
                x1={layout.x(at)}
                x2={layout.x(at)}
                y1={box.top}
                y2={height - box.bottom}
              />
              {series.map((one, index) => (
                <circle
                  key={`${index} ${one.name}`}
                  class={`dot c${index % 8}${index === line ? ' chosen' : ''}`}
                  cx={layout.x(at)}
                  cy={layout.y(one.points[at]?.value ?? 0)}
                  r={index === line ? 5 : 3.5}
                />
              ))}
            </g>
          )}
        </svg>
      </div>
      <Legend {...props} at={at} line={line} />
      <Table {...props} />
    </figure>
  );
}

function nearestLine(series: readonly Series[], layout: Plot, index: number, y: number): number {
  const gaps = series.map((one) => Math.abs(layout.y(one.points[index]?.value ?? 0) - y));
  return Math.max(0, gaps.indexOf(Math.min(...gaps)));
}

function reading({ series, interval, unit }: Props, at: number, line: number): string {
  const one = series[line];
  const point = one?.points[at];
  if (one === undefined || point === undefined) return '';
  const values = series.map(
    (other) => `${shown(other.name)} ${number(other.points[at]?.value ?? null)}`,
  );
  return `${bucket(point.at, interval)}: ${values.join(', ')} ${unit}; chosen: ${shown(one.name)}`;
}

interface AxesProps {
  box: Box;
  layout: Plot;
  labels: readonly string[];
  interval: Interval;
}

function Axes({ box, layout, labels, interval }: AxesProps) {
  return (
    <g>
      {layout.yTicks.map((value) => (
        <g key={value}>
          <line
            class="grid"
            x1={box.left}
            x2={box.width - box.right}
            y1={layout.y(value)}
            y2={layout.y(value)}
          />
          <text x={box.left - 8} y={layout.y(value) + 4} text-anchor="end">
            {short(value)}
          </text>
        </g>
      ))}
      {layout.xTicks.map((index) => (
        <text
          key={index}
          x={layout.x(index)}
          y={box.height - 7}
          text-anchor={index === 0 && labels.length > 1 ? 'start' : 'middle'}
        >
          {tick(labels[index] ?? '', interval)}
        </text>
      ))}
    </g>
  );
}

interface LineProps {
  place: number;
  alone: boolean;
  series: Series;
  layout: Plot;
  openEnd: boolean;
}

/** One line; a last bucket that is not over yet is joined by a dashed piece. */
function Line({ place, alone, series, layout, openEnd }: LineProps) {
  const marks: Mark[] = series.points.map((point, index) => ({ index, value: point.value }));
  const closed = openEnd && marks.length > 1 ? marks.slice(0, -1) : marks;
  const single = marks.length === 1 ? marks[0] : undefined;
  return (
    <g class={`c${place % 8}`}>
      {alone && <path class="fill" d={areaPath(layout, marks)} />}
      <path class="line" d={linePath(layout, closed)} />
      {openEnd && <path class="line open" d={linePath(layout, marks.slice(-2))} />}
      {single && <circle class="dot" cx={layout.x(0)} cy={layout.y(single.value ?? 0)} r={4} />}
    </g>
  );
}

function Legend(props: Props & { at: number | null; line: number }) {
  const { series, interval, unit, timezone, at, line, onOpen } = props;
  const label = at === null ? null : series[0]?.points[at]?.at;
  return (
    <div class="legend">
      <p class="legend-when">
        {label == null ? 'Whole range' : bucket(label, interval)} · {unit}
        {(series[0]?.points.at(-1)?.partial ||
          unfinished(series[0]?.points.at(-1)?.at ?? '', interval, timezone, Date.now())) &&
          ` · dashed: the last ${interval} is not complete`}
      </p>
      <ul>
        {series.map((one, index) => {
          const value = at === null ? one.total : (one.points[at]?.value ?? null);
          return (
            <li key={`${index} ${one.name}`} class={at !== null && index === line ? 'chosen' : ''}>
              <span class={`swatch c${index % 8}`} aria-hidden="true" />
              <Foreign text={one.name} limit={40} />
              <button
                type="button"
                class="number"
                aria-label={`${number(value)} ${unit}, ${shown(one.name)}: show the people`}
                onClick={() => onOpen(index, at === null ? null : (label ?? null))}
              >
                {number(value)}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Table({ title, unit, series, interval, onOpen }: Props) {
  const open = useSignal(false);
  const points = series[0]?.points ?? [];
  return (
    <details
      class="behind"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>Show as table</summary>
      {open.value && (
        <Scroll kind="scroll" label={`Table: ${title}`}>
          <table>
            <caption>{`${title} (${unit})`}</caption>
            <thead>
              <tr>
                <th scope="col">{interval[0]?.toUpperCase() + interval.slice(1)}</th>
                {series.map((one, index) => (
                  <th key={`${index} ${one.name}`} scope="col">
                    <Foreign text={one.name} limit={40} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.map((point, row) => (
                <tr key={point.at}>
                  <th scope="row">
                    {bucket(point.at, interval)}
                    {point.partial && ' (cut by the range)'}
                  </th>
                  {series.map((one, column) => (
                    <td key={`${column} ${one.name}`}>
                      <button type="button" class="number" onClick={() => onOpen(column, point.at)}>
                        {number(one.points[row]?.value ?? null)}
                        <span class="sr"> {unit}: show the people</span>
                      </button>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  );
}
