import type { ComponentChildren } from 'preact';
import type { FunnelAnswer } from '../api/types.ts';
import { FunnelChart } from '../charts/funnel.tsx';
import { drill } from '../state/drill.ts';
import { useResult } from '../state/result.ts';
import type { FunnelState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { shown } from '../text/shown.ts';
import { NothingThere, OneMoreStep } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { funnelQuestion } from './questions.ts';

interface Props {
  state: FunnelState;
  heading: string;
  edit?: ComponentChildren;
}

export function FunnelReport({ state, heading, edit }: Props) {
  const enough = state.steps.length >= 2;
  const question = enough ? funnelQuestion(state, extent()) : null;
  const result = useResult<FunnelAnswer>('/v1/query/funnel', question);
  if (!enough) {
    return <OneMoreStep heading={heading} edit={edit} />;
  }
  return (
    <ReportFrame
      heading={heading}
      edit={edit}
      result={result.value}
      empty={(answer) => (answer.entered === 0 ? <NothingThere state={state} /> : null)}
    >
      {(answer) => (
        <FunnelChart
          title={heading}
          answer={answer}
          onOpen={(step, reached) => {
            const name = shown(answer.steps[step - 1]?.event ?? '');
            const what = reached === 'reached' ? 'who reached' : 'lost before';
            drill.value = {
              title: `People ${what} step ${step}, ${name}`,
              report: 'funnel',
              question: funnelQuestion(state, extent()),
              cell: { step, state: reached },
              timezone: answer.timezone,
            };
          }}
        />
      )}
    </ReportFrame>
  );
}
