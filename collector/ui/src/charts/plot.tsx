import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Foreign } from '../kit/text.tsx';
import { useWidth } from '../kit/width.ts';
import { shown } from '../text/shown.ts';
import { colour } from './colour.ts';
import {
  areaPath,
  type Box,
  type Kind,
  type Plot as Layout,
  linePath,
  type Mark,
  nearest,
  plot,
  stacked,
} from './geometry.ts';

/** One line: its name and its values, beside those of the period before where these are asked. */
export interface PlotLine {
  name: string;
  /** Whether it stands for everything that has no line of its own. */
  rest?: boolean;
  values: readonly (number | null)[];
  before?: readonly (number | null)[];
}

interface Props {
  title: string;
  kind?: Kind;
  unit: string;
  lines: readonly PlotLine[];
  /** What stands at a bucket: short under the axis, in full where it is read. */
  labels: readonly { tick: string; full: string }[];
  /** How many buckets make a round whole, as 24 hours do. */
  round?: number;
  /** Whether the last bucket does not hold all it could. */
  open: boolean;
  height: number;
  /** Write a value where it is read, and on the axis. */
  format: (value: number | null) => string;
  axis: (value: number) => string;
  /** Whether a point can be opened to its people. */
  onOpen?: (line: number, index: number) => void;
}

const SIDE = { left: 44, right: 12, top: 10, bottom: 26 };
const ROWS = 12;

/** Values over buckets: read by pointer or arrow keys, opened by click or Enter. */
export function Plot(props: Props) {
  const { title, kind = 'line', lines, labels, round, height, onOpen } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 640);
  const cursor = useSignal<number | null>(null);
  const chosen = useSignal(0);
  const box: Box = { width, height, ...SIDE };
  const [least, most] = bounds(lines, kind);
  const size = { count: labels.length, least, most, ...(round === undefined ? {} : { round }) };
  const layout = plot(box, size, kind);
  const line = Math.min(chosen.value, lines.length - 1);
  const at = cursor.value === null ? null : Math.min(cursor.value, labels.length - 1);

  const point = (event: MouseEvent & { currentTarget: HTMLDivElement }): void => {
    const place = event.currentTarget.getBoundingClientRect();
    const index = nearest(box, labels.length, event.clientX - place.left, kind);
    cursor.value = index;
    chosen.value = lineAt(lines, layout, index, event.clientY - place.top, kind);
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
    else if (event.key === 'ArrowDown') chosen.value = (line + 1) % lines.length;
    else if (event.key === 'ArrowUp') chosen.value = (line + lines.length - 1) % lines.length;
    else if (event.key === 'Enter' && at !== null && onOpen) onOpen(line, at);
    else if (event.key === 'Escape' && at !== null) cursor.value = null;
    else return;
    event.preventDefault();
  };

  return (
    <div class="plot-area">
      <div
        class={`frame${onOpen ? ' openable' : ''}`}
        id={id}
        ref={frame}
        role="slider"
        tabIndex={0}
        aria-label={`${title}. Left and right arrows read the points, up and down choose the line${onOpen ? ', Enter shows the people' : ''}.`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, labels.length - 1)}
        aria-valuenow={at ?? 0}
        aria-valuetext={at === null ? 'no point chosen' : reading(props, at, line)}
        onMouseMove={point}
        onMouseLeave={() => {
          cursor.value = null;
        }}
        onClick={() => at !== null && onOpen?.(line, at)}
        onKeyDown={key}
        onBlur={() => {
          cursor.value = null;
        }}
      >
        <svg
          class="plot"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden="true"
        >
          <Axes box={box} layout={layout} {...props} />
          {kind === 'line' ? (
            <Lines layout={layout} {...props} />
          ) : (
            <Columns layout={layout} {...props} />
          )}
          {at !== null && <Cursor box={box} layout={layout} at={at} line={line} {...props} />}
        </svg>
      </div>
      {at !== null && <Tip box={box} layout={layout} at={at} line={line} {...props} />}
    </div>
  );
}

function bounds(lines: readonly PlotLine[], kind: Kind): [number, number] {
  if (kind === 'column') {
    return [0, Math.max(0, ...stacked(lines.map((one) => one.values)).map((piece) => piece.to))];
  }
  const values = lines.flatMap((one) => [...one.values, ...(one.before ?? [])]);
  const found = values.filter((value) => value !== null);
  return [Math.min(0, ...found), Math.max(0, ...found)];
}

/** Return the line nearest to a place: the piece it lies in, or the point closest above or below. */
function lineAt(
  lines: readonly PlotLine[],
  layout: Layout,
  index: number,
  y: number,
  kind: Kind,
): number {
  if (kind === 'column') {
    const pieces = stacked(lines.map((one) => one.values)).filter((one) => one.index === index);
    return pieces.find((one) => layout.y(one.to) <= y)?.line ?? pieces.at(-1)?.line ?? 0;
  }
  const gaps = lines.map((one) => Math.abs(layout.y(one.values[index] ?? 0) - y));
  return Math.max(0, gaps.indexOf(Math.min(...gaps)));
}

function reading({ lines, labels, unit, format }: Props, at: number, line: number): string {
  const values = lines.map((one) => `${shown(one.name)} ${format(one.values[at] ?? null)}`);
  const chosen = shown(lines[line]?.name ?? '');
  return `${labels[at]?.full}: ${values.join(', ')} ${unit}; chosen: ${chosen}`;
}

type Drawn = Props & { layout: Layout };
type Boxed = Drawn & { box: Box };
type Pointed = Boxed & { at: number; line: number };

function Axes({ box, layout, labels, axis }: Boxed) {
  return (
    <g>
      {layout.yTicks.map((value) => (
        <g key={value}>
          <line
            class={value === 0 ? 'grid zero' : 'grid'}
            x1={box.left}
            x2={box.width - box.right}
            y1={layout.y(value)}
            y2={layout.y(value)}
          />
          <text x={box.left - 8} y={layout.y(value) + 4} text-anchor="end">
            {axis(value)}
          </text>
        </g>
      ))}
      {layout.xTicks.map((index) => (
        <text
          key={index}
          x={layout.x(index)}
          y={box.height - 6}
          text-anchor={anchor(index, box, layout)}
        >
          {labels[index]?.tick}
        </text>
      ))}
    </g>
  );
}

/** Keep the labels at the edges inside the picture. */
function anchor(index: number, box: Box, layout: Layout): 'start' | 'middle' | 'end' {
  if (layout.x(index) < box.left + 16) return 'start';
  return layout.x(index) > box.width - box.right - 16 ? 'end' : 'middle';
}

function Lines({ layout, lines, open }: Drawn) {
  return (
    <g>
      {lines.map((one, place) => (
        <g key={`${place} ${one.name}`} class={colour(place, one.rest)}>
          {one.before && <path class="line before" d={linePath(layout, marks(one.before))} />}
          <Line line={one} layout={layout} open={open} alone={lines.length === 1} />
        </g>
      ))}
    </g>
  );
}

function marks(values: readonly (number | null)[]): Mark[] {
  return values.map((value, index) => ({ index, value }));
}

/** One line; a last bucket that is not over yet is joined by a dashed piece. */
function Line(props: { line: PlotLine; layout: Layout; open: boolean; alone: boolean }) {
  const { line, layout, open, alone } = props;
  const all = marks(line.values);
  const closed = open && all.length > 1 ? all.slice(0, -1) : all;
  const single = all.length === 1 ? all[0] : undefined;
  return (
    <>
      {alone && <path class="fill" d={areaPath(layout, all)} />}
      <path class="line" d={linePath(layout, closed)} />
      {open && <path class="line open" d={linePath(layout, all.slice(-2))} />}
      {single && <circle class="dot" cx={layout.x(0)} cy={layout.y(single.value ?? 0)} r={4} />}
    </>
  );
}

function Columns({ layout, lines, labels, open }: Drawn) {
  return (
    <g>
      {stacked(lines.map((one) => one.values)).map((piece) => (
        <rect
          key={`${piece.line} ${piece.index}`}
          class={`column ${colour(piece.line, lines[piece.line]?.rest)}${open && piece.index === labels.length - 1 ? ' open' : ''}`}
          x={layout.x(piece.index) - layout.band / 2}
          y={layout.y(piece.to)}
          width={layout.band}
          height={Math.max(0, layout.y(piece.from) - layout.y(piece.to))}
        />
      ))}
    </g>
  );
}

function Cursor({ box, layout, lines, kind, at, line, height }: Pointed) {
  if (kind === 'column') {
    return (
      <rect
        class="cursor-band"
        x={layout.x(at) - layout.band / 2 - 2}
        y={box.top}
        width={layout.band + 4}
        height={height - box.bottom - box.top}
      />
    );
  }
  return (
    <g>
      <line
        class="cursor"
        x1={layout.x(at)}
        x2={layout.x(at)}
        y1={box.top}
        y2={height - box.bottom}
      />
      {lines.map((one, place) =>
        one.values[at] == null ? null : (
          <circle
            key={`${place} ${one.name}`}
            class={`dot ${colour(place, one.rest)}${place === line ? ' chosen' : ''}`}
            cx={layout.x(at)}
            cy={layout.y(one.values[at] ?? 0)}
            r={place === line ? 5 : 3.5}
          />
        ),
      )}
    </g>
  );
}

/** What the pointer is at, beside it and on the side where there is room. */
function Tip({ box, layout, lines, labels, unit, format, onOpen, at, line }: Pointed) {
  const x = layout.x(at);
  const right = x > box.width / 2;
  const style = right ? { right: `${box.width - x + 12}px` } : { left: `${x + 12}px` };
  return (
    <div class="tip" style={style} aria-hidden="true">
      <p class="tip-head">
        {labels[at]?.full} <span class="aside">{unit}</span>
      </p>
      <ul>
        {lines.slice(0, ROWS).map((one, place) => (
          <li key={`${place} ${one.name}`} class={place === line ? 'chosen' : ''}>
            <span class={`swatch ${colour(place, one.rest)}`} />
            <span class="tip-name">
              <Foreign text={one.name} limit={32} />
            </span>
            <b>{format(one.values[at] ?? null)}</b>
            {one.before && <span class="aside">{format(one.before[at] ?? null)} before</span>}
          </li>
        ))}
      </ul>
      <Hint>
        {lines.length > ROWS && `${lines.length - ROWS} more in the table. `}
        {onOpen && 'Click for the people.'}
      </Hint>
    </div>
  );
}

function Hint({ children }: { children: ComponentChildren }) {
  return <p class="aside">{children}</p>;
}
