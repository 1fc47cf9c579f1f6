import { useRef } from 'preact/hooks';
import type { By, Cohort, RetentionAnswer } from '../api/types.ts';
import { Scroll } from '../kit/scroll.tsx';
import { Foreign } from '../kit/text.tsx';
import { brief } from '../text/dates.ts';
import { number, roughly } from '../text/numbers.ts';
import { segmentName } from '../text/segment.ts';
import { colour } from './colour.ts';
import { shade } from './geometry.ts';
import { Plot } from './plot.tsx';

type OpenCohort = (cohort: string, bucket: number | null, by: By | undefined) => void;

interface Props {
  title: string;
  answer: RetentionAnswer;
  /** At most so many cohorts, the newest; all of them without. */
  most?: number;
  onOpen: OpenCohort;
}

/** Leave out the buckets at the end that nobody has reached yet. */
function reached(answer: RetentionAnswer): RetentionAnswer {
  const last = answer.buckets.findLastIndex((_, index) =>
    answer.cohorts.some((one) => one.cells[index]?.complete || one.cells[index]?.users),
  );
  const cut = <T,>(cells: T[]): T[] => cells.slice(0, Math.max(2, last + 1));
  return {
    ...answer,
    buckets: cut(answer.buckets),
    cohorts: answer.cohorts.map((one) => ({ ...one, cells: cut(one.cells) })),
    averages: answer.averages.map((one) => ({ ...one, cells: cut(one.cells) })),
  };
}

/** The average return by bucket as a curve, one for each segment. */
export function RetentionCurve({
  title,
  answer: whole,
}: {
  title: string;
  answer: RetentionAnswer;
}) {
  const answer = reached(whole);
  const unit = capital(answer.unit);
  // Everybody is there at the beginning: the curve is about who comes back after it.
  const buckets = answer.buckets.map(([low]) => low);
  const first = buckets[0] === 0 && buckets.length > 2 ? 1 : 0;
  const last = buckets.findLastIndex((_, index) =>
    answer.averages.some((one) => one.cells[index] != null),
  );
  const lines = answer.averages.map(({ by, cells }) => ({
    name: by === undefined ? 'Average' : segmentName(by),
    rest: Object.values(by ?? {}).includes('$other'),
    values: cells.slice(first, last + 1),
  }));
  // One point is no curve.
  if (lines.every((one) => one.values.filter((value) => value !== null).length < 2)) return null;
  return (
    <Plot
      title={`${title}: average`}
      unit="came back, on average"
      lines={lines}
      labels={buckets.slice(first, last + 1).map((low) => ({
        tick: `${unit} ${low}`,
        full: `${unit} ${low}`,
      }))}
      open={false}
      height={190}
      format={roughly}
      axis={roughly}
    />
  );
}

/** Cohorts as a table of shaded rates; each is opened by click or key, arrows walk the cells. */
export function RetentionTable({ title, most = Number.POSITIVE_INFINITY, onOpen, ...rest }: Props) {
  const answer = reached(rest.answer);
  const table = useRef<HTMLTableElement>(null);
  const unit = capital(answer.unit);
  return (
    <figure class="chart" aria-label={title}>
      <Scroll kind="scroll" label={title}>
        <table
          class={`heat${Number.isFinite(most) ? ' small' : ''}`}
          ref={table}
          onKeyDown={(event) => walk(table.current, event)}
        >
          <caption class="sr">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{unit} begun</th>
              <th scope="col">Users</th>
              {answer.buckets.map(([low]) => (
                <th key={low} scope="col">
                  <span class="sr">{unit}</span> {low}
                </th>
              ))}
            </tr>
          </thead>
          {answer.averages.map(({ by, cells }, place) => (
            <tbody key={place}>
              <tr class="average">
                <th scope="row">
                  {by === undefined ? 'Average' : <Segment by={by} place={place} />}
                </th>
                <td>{number(size(answer.cohorts, by))}</td>
                {cells.map((rate, index) => (
                  <td key={answer.buckets[index]?.[0]}>{roughly(rate)}</td>
                ))}
              </tr>
              {of(answer.cohorts, by)
                .slice(-most)
                .map((cohort) => (
                  <CohortRow key={cohort.at} cohort={cohort} answer={answer} onOpen={onOpen} />
                ))}
            </tbody>
          ))}
        </table>
      </Scroll>
      <Remarks answer={answer} most={most} />
    </figure>
  );
}

function Segment({ by, place }: { by: By; place: number }) {
  const rest = Object.values(by).includes('$other');
  return (
    <>
      <span class={`swatch ${colour(place, rest)}`} aria-hidden="true" />{' '}
      <Foreign text={segmentName(by)} limit={40} />
    </>
  );
}

function Remarks({ answer, most }: { answer: RetentionAnswer; most: number }) {
  const left = answer.averages.length === 1 ? answer.cohorts.length - most : 0;
  const open = answer.cohorts.some((cohort) => cohort.cells.some((cell) => !cell.complete));
  if (left <= 0 && !open) return null;
  return (
    <p class="aside">
      {left > 0 && `The newest ${most} of ${answer.cohorts.length} cohorts. `}
      {open && `Dotted: the ${answer.unit} is not over for everybody; left out of the average.`}
    </p>
  );
}

function of(cohorts: readonly Cohort[], by: By | undefined): Cohort[] {
  const wanted = JSON.stringify(by);
  return cohorts.filter((one) => JSON.stringify(one.by) === wanted);
}

function size(cohorts: readonly Cohort[], by: By | undefined): number {
  return of(cohorts, by).reduce((sum, one) => sum + one.size, 0);
}

interface RowProps {
  cohort: Cohort;
  answer: RetentionAnswer;
  onOpen: OpenCohort;
}

function CohortRow({ cohort, answer, onOpen }: RowProps) {
  return (
    <tr>
      <th scope="row">{brief(cohort.at, answer.unit)}</th>
      <td>
        <button
          type="button"
          class="number"
          onClick={() => onOpen(cohort.at, null, cohort.by)}
          aria-label={`${number(cohort.size)} users of this cohort: show them`}
        >
          {number(cohort.size)}
        </button>
      </td>
      {cohort.cells.map((cell, index) => {
        const low = answer.buckets[index]?.[0];
        return (
          <td key={low} class={`q${shade(cell.value)}`}>
            {!cell.complete && cell.users === 0 ? (
              <span class="none" title="not over yet">
                ·
              </span>
            ) : (
              <button
                type="button"
                class={cell.complete ? 'cell' : 'cell open'}
                disabled={cell.users === 0}
                aria-label={`${roughly(cell.value)}, ${number(cell.users)} of ${number(cohort.size)} users in ${answer.unit} ${low}${cell.complete ? '' : ', not over yet'}: show them`}
                onClick={() => onOpen(cohort.at, index, cohort.by)}
              >
                {roughly(cell.value)}
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

/** Move the focus from cell to cell with the arrow keys. */
function walk(table: HTMLTableElement | null, event: KeyboardEvent): void {
  const moves: Record<string, [number, number]> = {
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0],
  };
  const move = moves[event.key];
  const cell = event.target instanceof Element ? event.target.closest('td') : null;
  const row = cell?.closest('tr');
  if (!table || !move || !cell || !row) return;
  const rows = [...table.rows];
  let [y, x] = [rows.indexOf(row) + move[0], cell.cellIndex + move[1]];
  while (rows[y]?.cells[x] !== undefined) {
    const button = rows[y]?.cells[x]?.querySelector<HTMLButtonElement>('button:not(:disabled)');
    if (button) {
      event.preventDefault();
      button.focus();
      return;
    }
    y += move[0];
    x += move[1];
  }
}
