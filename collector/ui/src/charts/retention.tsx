import { useRef } from 'preact/hooks';
import type { RetentionAnswer } from '../api/types.ts';
import { Scroll } from '../kit/scroll.tsx';
import { brief } from '../text/dates.ts';
import { number, roughly } from '../text/numbers.ts';
import { shade } from './geometry.ts';

interface Props {
  title: string;
  answer: RetentionAnswer;
  onOpen: (cohort: string, bucket: number | null) => void;
}

/** Cohorts as a table of shaded rates; each is opened by click or key, arrows walk the cells. */
export function RetentionChart({ title, answer, onOpen }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const unit = `${answer.unit[0]?.toUpperCase()}${answer.unit.slice(1)}`;
  const open = answer.cohorts.some((cohort) => cohort.cells.some((cell) => !cell.complete));
  return (
    <figure class="chart">
      <Scroll kind="scroll" label={title}>
        <table class="heat" ref={table} onKeyDown={(event) => walk(table.current, event)}>
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
          <tbody>
            <tr class="average">
              <th scope="row">Average</th>
              <td />
              {(answer.averages[0]?.cells ?? []).map((rate, index) => (
                <td key={answer.buckets[index]?.[0]}>{roughly(rate)}</td>
              ))}
            </tr>
            {answer.cohorts.map((cohort) => (
              <tr key={cohort.at}>
                <th scope="row">{brief(cohort.at, answer.unit)}</th>
                <td>
                  <button
                    type="button"
                    class="number"
                    onClick={() => onOpen(cohort.at, null)}
                    aria-label={`${number(cohort.size)} users of this cohort: show them`}
                  >
                    {number(cohort.size)}
                  </button>
                </td>
                {cohort.cells.map((cell, index) => (
                  <td key={answer.buckets[index]?.[0]} class={`q${shade(cell.value)}`}>
                    {!cell.complete && cell.users === 0 ? (
                      <span class="none" title="not over yet">
                        ·
                      </span>
                    ) : (
                      <button
                        type="button"
                        class={cell.complete ? 'cell' : 'cell open'}
                        disabled={cell.users === 0}
                        aria-label={`${roughly(cell.value)}, ${number(cell.users)} of ${number(cohort.size)} users in ${answer.unit} ${answer.buckets[index]?.[0]}${cell.complete ? '' : ', not over yet'}: show them`}
                        onClick={() => onOpen(cohort.at, index)}
                      >
                        {roughly(cell.value)}
                      </button>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {open && (
        <p class="aside">
          Underlined with dots: the {answer.unit} is not over for everybody yet; left out of the
          average.
        </p>
      )}
    </figure>
  );
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
