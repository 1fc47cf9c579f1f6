import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Problem } from '../api/problem.ts';
import type { FunnelAnswer, RetentionAnswer, TrendsAnswer } from '../api/types.ts';
import { Notice } from '../kit/notice.tsx';
import { Skeleton } from '../kit/skeleton.tsx';
import { Foreign } from '../kit/text.tsx';
import type { Result } from '../state/result.ts';
import { clock } from '../text/dates.ts';
import { counted, number } from '../text/numbers.ts';

type Answer = TrendsAnswer | FunnelAnswer | RetentionAnswer;

interface Props<T extends Answer> {
  heading: string;
  edit?: ComponentChildren;
  tools?: ComponentChildren;
  result: Result<T>;
  empty: (answer: T) => ComponentChildren | null;
  children: (answer: T) => ComponentChildren;
}

/** A report: what it says in words, its chart, and what the numbers rest on. */
export function ReportFrame<T extends Answer>(props: Props<T>) {
  const { heading, edit, tools, result, empty, children } = props;
  const { answer, problem, stale } = result;
  const id = useId();
  return (
    <section class={`card report${stale && answer ? ' stale' : ''}`} aria-labelledby={id}>
      {tools}
      <header>
        <h2 id={id}>{heading}</h2>
        {edit}
      </header>
      {problem && !(answer && isAway(problem)) && (
        <Trouble problem={problem} old={answer !== null} />
      )}
      {!answer && !problem && <Skeleton />}
      {answer && (
        <>
          <p class="sentence">
            <Foreign text={answer.sentence} />
          </p>
          {answer.notes?.map((note) => (
            <p key={note} class="note">
              <Foreign text={note} />
            </p>
          ))}
          <div class="result">{empty(answer) ?? children(answer)}</div>
          <Basis answer={answer} tookMs={result.tookMs} />
        </>
      )}
    </section>
  );
}

/** Tell whether nobody answers: the page says so once, not on every report that is still shown. */
function isAway(problem: Problem): boolean {
  return problem.code === 'unreachable';
}

function Trouble({ problem, old }: { problem: Problem; old: boolean }) {
  const asked = problem.status === 422 || problem.status === 400;
  const title = asked
    ? 'This question cannot be answered'
    : old
      ? 'These numbers are old: there are no newer ones'
      : 'There is no answer';
  return (
    <Notice title={title} tone="bad">
      <p>
        <Foreign text={problem.message} />
        {problem.path !== null && ` (at ${problem.path})`}
      </p>
      {!asked && (
        <p>
          <a href={location.href}>Load the page again</a>
        </p>
      )}
    </Notice>
  );
}

function Basis({ answer, tookMs }: { answer: Answer; tookMs: number }) {
  const fresh = answer.as_of.at === null ? null : Date.parse(answer.as_of.at);
  return (
    <footer>
      <details>
        <summary>How it is counted</summary>
        <dl class="semantics">
          {Object.entries(answer.semantics).map(([name, text]) => (
            <div key={name}>
              <dt>{name.replaceAll('_', ' ')}</dt>
              <dd>
                <Foreign text={text} />
              </dd>
            </div>
          ))}
          <div>
            <dt>definition</dt>
            <dd class="hash">{answer.definition}</dd>
          </div>
        </dl>
      </details>
      <p>
        exact · {counted(answer.rows_read, 'event')} read in {number(tookMs / 1000)} s · days in{' '}
        {answer.timezone}
        {fresh !== null && ` · as of ${clock(fresh, answer.timezone)}`}
      </p>
    </footer>
  );
}
