import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelSteps } from '../api/types.ts';
import { FunnelChart } from '../charts/funnel.tsx';
import { PeopleDialog } from '../people/dialog.tsx';
import { openCell } from '../state/location.ts';
import { useResult } from '../state/result.ts';
import type { FunnelState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { segmentName } from '../text/segment.ts';
import { shown } from '../text/shown.ts';
import { askedCell, valuesOf } from './cells.ts';
import { NothingThere, OneMoreStep } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { funnelQuestion } from './questions.ts';

interface Props {
  state: FunnelState;
  heading: string;
  edit?: ComponentChildren;
  tools?: ComponentChildren;
  compact?: boolean;
}

export function FunnelReport({ state, heading, edit, tools, compact = false }: Props) {
  const enough = state.steps.length >= 2;
  const question = enough ? funnelQuestion(state, extent()) : null;
  const result = useResult<FunnelAnswer>('/v1/query/funnel', question);
  if (question === null) return <OneMoreStep heading={heading} edit={edit} />;
  return (
    <>
      <ReportFrame
        heading={heading}
        edit={edit}
        tools={tools}
        result={result.value}
        empty={(answer) =>
          funnels(answer).every((one) => one.entered === 0) ? <NothingThere state={state} /> : null
        }
      >
        {(answer) => (
          <FunnelChart
            title={heading}
            funnels={funnels(answer)}
            compact={compact}
            onOpen={(step, reached, by) => {
              if (result.value.stale) return;
              openCell({ report: 'funnel', step, state: reached, by: valuesOf(by, state.by) });
            }}
          />
        )}
      </ReportFrame>
      <Opened state={state} question={question} timezone={state.timezone} />
    </>
  );
}

/** Return the one funnel of an answer, or those of its segments. */
export function funnels(answer: FunnelAnswer): FunnelSteps[] {
  return answer.segments ?? (answer.steps === undefined ? [] : [answer as FunnelSteps]);
}

interface OpenedProps {
  state: FunnelState;
  question: object;
  timezone: string;
}

function Opened({ state, question, timezone }: OpenedProps) {
  const cell = state.open;
  if (cell?.report !== 'funnel') return null;
  const name = shown(state.steps[cell.step - 1] ?? '');
  const by = Object.fromEntries(cell.by.map((value, place) => [String(place), value]));
  return (
    <PeopleDialog
      title={
        cell.state === 'reached'
          ? `People who reached step ${cell.step}, ${name}`
          : `People lost before step ${cell.step}, ${name}`
      }
      detail={cell.by.length === 0 ? '' : segmentName(by)}
      report="funnel"
      question={question}
      cell={askedCell(cell, state.by)}
      timezone={timezone}
    />
  );
}
