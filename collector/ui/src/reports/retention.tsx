import type { ComponentChildren } from 'preact';
import type { RetentionAnswer } from '../api/types.ts';
import { RetentionChart } from '../charts/retention.tsx';
import { drill } from '../state/drill.ts';
import { useResult } from '../state/result.ts';
import type { RetentionState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { bucket } from '../text/dates.ts';
import { NothingThere } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { retentionQuestion } from './questions.ts';

interface Props {
  state: RetentionState;
  heading: string;
  edit?: ComponentChildren;
}

export function RetentionReport({ state, heading, edit }: Props) {
  const question = retentionQuestion(state, extent());
  const result = useResult<RetentionAnswer>('/v1/query/retention', question);
  return (
    <ReportFrame
      heading={heading}
      edit={edit}
      result={result.value}
      empty={(answer) => (answer.cohorts.length === 0 ? <NothingThere state={state} /> : null)}
    >
      {(answer) => (
        <RetentionChart
          title={heading}
          answer={answer}
          onOpen={(cohort, index) => {
            const born = bucket(cohort, answer.unit);
            const low = index === null ? null : answer.buckets[index]?.[0];
            drill.value = {
              title:
                low == null
                  ? `People who began in the ${answer.unit === 'week' ? '' : `${answer.unit} of `}${born}`
                  : `People of ${born} who came back in ${answer.unit} ${low}`,
              report: 'retention',
              question: retentionQuestion(state, extent()),
              cell: { cohort, bucket: index },
              timezone: answer.timezone,
            };
          }}
        />
      )}
    </ReportFrame>
  );
}
