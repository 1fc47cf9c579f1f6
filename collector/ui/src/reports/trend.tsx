import type { ComponentChildren } from 'preact';
import type { Point, Series, TrendsAnswer } from '../api/types.ts';
import { TrendChart, type TrendLine } from '../charts/trend.tsx';
import { PeopleDialog } from '../people/dialog.tsx';
import { openCell } from '../state/location.ts';
import { useResult } from '../state/result.ts';
import { needsProperty, type TrendState, type View } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { begun, bucket, unfinished } from '../text/dates.ts';
import { MEASURE_UNITS } from '../text/measures.ts';
import { counted } from '../text/numbers.ts';
import { segmentName } from '../text/segment.ts';
import { shown } from '../text/shown.ts';
import { askedCell, valuesOf } from './cells.ts';
import { NothingThere } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { trendQuestion } from './questions.ts';

interface Props {
  state: TrendState;
  heading: string;
  edit?: ComponentChildren;
  tools?: ComponentChildren;
  height: number;
}

export function TrendReport({ state, heading, edit, tools, height }: Props) {
  const question = trendQuestion(state, extent());
  const result = useResult<TrendsAnswer>('/v1/query/trends', question);
  const unit = unitOf(state);
  return (
    <>
      <ReportFrame
        heading={heading}
        edit={edit}
        tools={tools}
        result={result.value}
        empty={(answer) =>
          answer.series.every((one) => !one.total) ? (
            <NothingThere state={state} ignored={ignored(answer)} />
          ) : null
        }
      >
        {(answer) => (
          <TrendChart
            title={heading}
            unit={unit}
            view={fitting(state)}
            lines={answer.series.map((one) => line(one, state, begunPoints(answer).length))}
            points={begunPoints(answer)}
            interval={answer.interval}
            remarks={[incomplete(answer), leftOut(answer, state)].filter(Boolean)}
            open={incomplete(answer) !== ''}
            height={height}
            onOpen={(index, at) => {
              const series = answer.series[index];
              if (result.value.stale || series === undefined) return;
              openCell({
                report: 'trends',
                series: eventOf(index, answer, state),
                at,
                by: valuesOf(series.by, state.by),
              });
            }}
          />
        )}
      </ReportFrame>
      <Opened state={state} question={question} answer={result.value.answer} />
    </>
  );
}

interface OpenedProps {
  state: TrendState;
  question: object;
  answer: TrendsAnswer | null;
}

function Opened({ state, question, answer }: OpenedProps) {
  const cell = state.open;
  if (cell?.report !== 'trends' || answer === null) return null;
  const event = shown(state.events[cell.series] ?? '');
  const what = event === '*' ? 'any event' : event;
  const by = Object.fromEntries(cell.by.map((value, place) => [String(place), value]));
  const segment = cell.by.length === 0 ? '' : `, ${segmentName(by)}`;
  const when = cell.at === null ? 'whole range' : bucket(cell.at, answer.interval);
  return (
    <PeopleDialog
      title={`People with ${what}${segment}`}
      detail={when}
      report="trends"
      question={question}
      cell={askedCell(cell, state.by)}
      timezone={answer.timezone}
    />
  );
}

/** Return what is counted, in the plural. */
export function unitOf({ measure, property }: TrendState): string {
  const unit = MEASURE_UNITS[measure];
  return needsProperty(measure) ? `${unit} of ${shown(property)}` : unit;
}

/** Return the view asked for, or lines where parts do not add up to a column. */
function fitting(state: TrendState): View {
  if (state.view !== 'column') return state.view;
  const adds = state.measure === 'total' || state.measure === 'sum';
  return adds || (state.events.length === 1 && state.by.length === 0) ? 'column' : 'line';
}

/** Return which of the events a series is of: with a breakdown each has one for every segment. */
function eventOf(index: number, answer: TrendsAnswer, state: TrendState): number {
  return Math.floor(index / Math.max(1, answer.series.length / state.events.length));
}

/** Return the points whose time has come: what lies ahead is no zero. */
export function begunPoints({ series, interval, timezone }: TrendsAnswer): Point[] {
  const now = Date.now();
  return (series[0]?.points ?? []).filter((one) => begun(one.at, interval, timezone, now));
}

function line(series: Series, state: TrendState, count: number): TrendLine {
  const segment = segmentName(series.by);
  const many = state.events.length > 1;
  return {
    name: series.by === undefined ? series.name : many ? `${series.name} · ${segment}` : segment,
    rest: !many && Object.values(series.by ?? {}).includes('$other'),
    values: series.points.slice(0, count).map((point) => point.value),
    total: series.total,
    totalBefore: series.previous?.total ?? null,
    ...(series.previous && {
      before: series.previous.points.slice(0, count).map((point) => point.value),
    }),
  };
}

/** Return how many events a measure of values leaves out: they have none of the kind. */
function ignored({ series }: TrendsAnswer): number {
  return series.reduce((sum, one) => sum + (one.ignored ?? 0), 0);
}

function leftOut(answer: TrendsAnswer, state: TrendState): string {
  const count = ignored(answer);
  return count === 0
    ? ''
    : `${counted(count, 'event')} without a number in ${shown(state.property)}`;
}

/** Say why the last bucket does not hold all it could, nothing where it does. */
export function incomplete(answer: TrendsAnswer): string {
  const { interval, timezone } = answer;
  const last = begunPoints(answer).at(-1);
  if (last === undefined) return '';
  if (unfinished(last.at, interval, timezone, Date.now())) {
    return `dotted: last ${interval} not over`;
  }
  return last.partial === true ? `dotted: last ${interval} cut by the range` : '';
}
