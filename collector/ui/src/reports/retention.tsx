import type { ComponentChildren } from 'preact';
import type { RetentionAnswer } from '../api/types.ts';
import { RetentionCurve, RetentionTable } from '../charts/retention.tsx';
import { PeopleDialog } from '../people/dialog.tsx';
import { openCell } from '../state/location.ts';
import { useResult } from '../state/result.ts';
import type { RetentionState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { bucket } from '../text/dates.ts';
import { segmentName } from '../text/segment.ts';
import { askedCell, valuesOf } from './cells.ts';
import { NothingThere } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { retentionQuestion } from './questions.ts';

interface Props {
  state: RetentionState;
  heading: string;
  edit?: ComponentChildren;
  tools?: ComponentChildren;
  /** Only the newest cohorts, and no curve. */
  most?: number;
}

export function RetentionReport({ state, heading, edit, tools, most }: Props) {
  const question = retentionQuestion(state, extent());
  const result = useResult<RetentionAnswer>('/v1/query/retention', question);
  return (
    <>
      <ReportFrame
        heading={heading}
        edit={edit}
        tools={tools}
        result={result.value}
        empty={(answer) => (answer.cohorts.length === 0 ? <NothingThere state={state} /> : null)}
      >
        {(answer) => (
          <>
            {most === undefined && <RetentionCurve title={heading} answer={answer} />}
            <RetentionTable
              title={heading}
              answer={answer}
              {...(most === undefined ? {} : { most })}
              onOpen={(cohort, index, by) => {
                if (result.value.stale) return;
                const values = valuesOf(by, state.by);
                openCell({ report: 'retention', cohort, bucket: index, by: values });
              }}
            />
          </>
        )}
      </ReportFrame>
      <Opened state={state} question={question} answer={result.value.answer} />
    </>
  );
}

interface OpenedProps {
  state: RetentionState;
  question: object;
  answer: RetentionAnswer | null;
}

function Opened({ state, question, answer }: OpenedProps) {
  const cell = state.open;
  if (cell?.report !== 'retention' || answer === null) return null;
  const low = cell.bucket === null ? undefined : answer.buckets[cell.bucket]?.[0];
  const by = Object.fromEntries(cell.by.map((value, place) => [String(place), value]));
  const born = `began ${bucket(cell.cohort, answer.unit)}`;
  return (
    <PeopleDialog
      title={
        low === undefined
          ? 'People of this cohort'
          : `People who came back in ${answer.unit} ${low}`
      }
      detail={cell.by.length === 0 ? born : `${born} · ${segmentName(by)}`}
      report="retention"
      question={question}
      cell={askedCell(cell, state.by)}
      timezone={answer.timezone}
    />
  );
}
