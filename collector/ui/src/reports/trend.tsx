import type { ComponentChildren } from 'preact';
import type { TrendsAnswer } from '../api/types.ts';
import { TimeSeries } from '../charts/timeseries.tsx';
import { drill } from '../state/drill.ts';
import { useResult } from '../state/result.ts';
import type { TrendState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { bucket } from '../text/dates.ts';
import { shown } from '../text/shown.ts';
import { NothingThere } from './empty.tsx';
import { ReportFrame } from './frame.tsx';
import { trendQuestion } from './questions.ts';

interface Props {
  state: TrendState;
  heading: string;
  edit?: ComponentChildren;
  height?: number;
}

export function TrendReport({ state, heading, edit, height }: Props) {
  const question = state.events.length > 0 ? trendQuestion(state, extent()) : null;
  const result = useResult<TrendsAnswer>('/v1/query/trends', question);
  const unit = state.measure === 'total' ? 'events' : 'users';
  return (
    <ReportFrame
      heading={heading}
      edit={edit}
      result={result.value}
      empty={(answer) =>
        answer.series.every((one) => !one.total) ? <NothingThere state={state} /> : null
      }
    >
      {(answer) => (
        <TimeSeries
          title={heading}
          unit={answer.measure === 'total' ? 'events' : unit}
          series={answer.series}
          interval={answer.interval}
          timezone={answer.timezone}
          {...(height === undefined ? {} : { height })}
          onOpen={(series, at) => {
            const name = shown(answer.series[series]?.name ?? '');
            const when = at === null ? 'the whole range' : bucket(at, answer.interval);
            drill.value = {
              title: `People with ${name}, ${when}`,
              report: 'trends',
              question: trendQuestion(state, extent()),
              cell: { series, at },
              timezone: answer.timezone,
            };
          }}
        />
      )}
    </ReportFrame>
  );
}
