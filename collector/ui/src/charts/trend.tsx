import type { Interval } from '../api/types.ts';
import { Disclosure } from '../kit/disclosure.tsx';
import { Scroll } from '../kit/scroll.tsx';
import { Foreign } from '../kit/text.tsx';
import type { View } from '../state/route.ts';
import { bucket, tick } from '../text/dates.ts';
import { change, number, short } from '../text/numbers.ts';
import { shown } from '../text/shown.ts';
import { colour } from './colour.ts';
import { Plot, type PlotLine } from './plot.tsx';

export interface TrendLine extends PlotLine {
  total: number | null;
  totalBefore: number | null;
}

interface Props {
  title: string;
  unit: string;
  view: View;
  lines: readonly TrendLine[];
  points: readonly { at: string; partial?: boolean }[];
  interval: Interval;
  /** Whether the last bucket does not hold all it could. */
  open: boolean;
  /** What else to know of the numbers. */
  remarks: readonly string[];
  height: number;
  onOpen: (line: number, at: string | null) => void;
}

/** Values over time as lines, columns or a ranking; each opened to its people, a table behind. */
export function TrendChart(props: Props) {
  const { title, unit, view, lines, points, interval, open, height, onOpen } = props;
  return (
    <figure class="chart" aria-label={title}>
      {view === 'bar' ? (
        <Ranking {...props} />
      ) : (
        <>
          <Plot
            title={title}
            kind={view}
            unit={unit}
            lines={lines}
            labels={points.map(({ at }) => ({
              tick: tick(at, interval),
              full: bucket(at, interval),
            }))}
            {...(interval === 'hour' ? { round: 24 } : {})}
            open={open}
            height={height}
            format={number}
            axis={short}
            onOpen={(line, index) => onOpen(line, points[index]?.at ?? null)}
          />
          <Legend {...props} />
        </>
      )}
      <Table {...props} />
    </figure>
  );
}

/** What each line comes to over the whole range. */
function Legend({ lines, unit, remarks, onOpen }: Props) {
  return (
    <div class="legend">
      <ul>
        {lines.map((one, index) => (
          <li key={`${index} ${one.name}`}>
            <span class={`swatch ${colour(index, one.rest)}`} aria-hidden="true" />
            <Foreign text={one.name} limit={40} />
            <Total line={one} unit={unit} onOpen={() => onOpen(index, null)} />
          </li>
        ))}
      </ul>
      <p class="aside">{[`${unit}, whole range`, ...remarks].join(' · ')}</p>
    </div>
  );
}

function Total({ line, unit, onOpen }: { line: TrendLine; unit: string; onOpen: () => void }) {
  return (
    <>
      <button
        type="button"
        class="number"
        aria-label={`${number(line.total)} ${unit}, ${shown(line.name)}: show the people`}
        onClick={onOpen}
      >
        {number(line.total)}
      </button>
      {line.before !== undefined && <Change now={line.total} before={line.totalBefore} />}
    </>
  );
}

/** How a number has changed since the period before. */
export function Change({ now, before }: { now: number | null; before: number | null }) {
  const ratio = now === null || before === null || before === 0 ? null : now / before - 1;
  if (ratio === null) return <span class="change-by">new</span>;
  const way = ratio > 0 ? 'up' : ratio < 0 ? 'down' : 'same';
  return (
    <span class={`change-by ${way}`} title={`${number(before)} in the period before`}>
      {change(ratio)}
      <span class="sr"> since the period before</span>
    </span>
  );
}

function Ranking({ lines, unit, onOpen }: Props) {
  const order = lines.map((line, index) => ({ line, index }));
  order.sort((a, b) => (b.line.total ?? 0) - (a.line.total ?? 0));
  const most = Math.max(0, ...lines.map((one) => one.total ?? 0)) || 1;
  return (
    <ol class="ranking">
      {order.map(({ line, index }) => (
        <li key={`${index} ${line.name}`}>
          <span class="ranking-name">
            <Foreign text={line.name} limit={60} />
          </span>
          <svg class="ranking-bar" width="100%" height="18" aria-hidden="true">
            <rect
              class={`bar ${colour(index, line.rest)}`}
              width={`${(100 * Math.max(0, line.total ?? 0)) / most}%`}
              height="18"
              rx="3"
            />
          </svg>
          <span class="ranking-number">
            <Total line={line} unit={unit} onOpen={() => onOpen(index, null)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Table({ title, unit, lines, points, interval, onOpen }: Props) {
  return (
    <Disclosure summary="Show as table">
      {() => (
        <Scroll kind="scroll" label={`Table: ${title}`}>
          <table>
            <caption>{`${title} (${unit})`}</caption>
            <thead>
              <tr>
                <th scope="col">{interval[0]?.toUpperCase() + interval.slice(1)}</th>
                {lines.map((one, index) => (
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
                  {lines.map((one, column) => (
                    <td key={`${column} ${one.name}`}>
                      <button type="button" class="number" onClick={() => onOpen(column, point.at)}>
                        {number(one.values[row] ?? null)}
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
    </Disclosure>
  );
}
