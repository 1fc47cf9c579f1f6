import type { FunnelAnswer, StepCount } from '../api/types.ts';
import { Scroll } from '../kit/scroll.tsx';
import { Foreign } from '../kit/text.tsx';
import { counted, duration, number, percent } from '../text/numbers.ts';
import { shown } from '../text/shown.ts';

interface Props {
  title: string;
  answer: FunnelAnswer;
  onOpen: (step: number, state: 'reached' | 'dropped') => void;
}

/** Steps as bars; how many reached each and how many were lost before it, each to be opened. */
export function FunnelChart({ title, answer, onOpen }: Props) {
  const most = Math.max(1, ...answer.steps.map((step) => step.count));
  return (
    <figure class="chart">
      <figcaption class="sr">{title}</figcaption>
      <ol class="funnel">
        {answer.steps.map((step, index) => (
          <Step
            key={index}
            place={index + 1}
            step={step}
            before={answer.steps[index - 1]}
            most={most}
            onOpen={onOpen}
          />
        ))}
      </ol>
      <dl class="facts">
        <div>
          <dt>Conversion</dt>
          <dd>{percent(answer.conversion)}</dd>
        </div>
        <div>
          <dt>Median time</dt>
          <dd>{duration(answer.time_to_convert_s.median)}</dd>
        </div>
        <div>
          <dt>Average time</dt>
          <dd>{duration(answer.time_to_convert_s.average)}</dd>
        </div>
      </dl>
      <Table title={title} answer={answer} />
    </figure>
  );
}

interface StepProps {
  place: number;
  step: StepCount;
  before: StepCount | undefined;
  most: number;
  onOpen: Props['onOpen'];
}

function Step({ place, step, before, most, onOpen }: StepProps) {
  const lost = before === undefined ? 0 : before.count - step.count;
  const name = shown(step.event);
  return (
    <li>
      <p class="step-name">
        <span class="place">{place}</span> <Foreign text={step.event} limit={60} />
      </p>
      <div class="step-bar">
        <svg width="100%" height="26" aria-hidden="true" preserveAspectRatio="none">
          <rect class="track" width="100%" height="26" rx="4" />
          <rect class="bar c0" width={`${(100 * step.count) / most}%`} height="26" rx="4" />
        </svg>
      </div>
      <p class="step-numbers">
        <button
          type="button"
          class="number"
          aria-label={`${counted(step.count, 'user')} reached ${name}: show them`}
          onClick={() => onOpen(place, 'reached')}
        >
          {counted(step.count, 'user')}
        </button>
        <span>{percent(step.overall_conv_ratio)}</span>
        {before !== undefined && (
          <>
            <button
              type="button"
              class="number lost"
              disabled={lost === 0}
              aria-label={`${number(lost)} lost before ${name}: show them`}
              onClick={() => onOpen(place, 'dropped')}
            >
              {lost === 0 ? 'none lost' : `${number(lost)} lost`}
            </button>
            <span class="aside">
              {percent(step.step_conv_ratio)} of the step before
              {step.median_time_s !== null && `, typically in ${duration(step.median_time_s)}`}
            </span>
          </>
        )}
      </p>
    </li>
  );
}

function Table({ title, answer }: { title: string; answer: FunnelAnswer }) {
  return (
    <details class="behind">
      <summary>Show as table</summary>
      <Scroll kind="scroll" label={`Table: ${title}`}>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Users</th>
              <th scope="col">Of the step before</th>
              <th scope="col">Of all who entered</th>
              <th scope="col">Average time</th>
              <th scope="col">Median time</th>
            </tr>
          </thead>
          <tbody>
            {answer.steps.map((step, index) => (
              <tr key={index}>
                <th scope="row">
                  {index + 1}. <Foreign text={step.event} limit={60} />
                </th>
                <td>{number(step.count)}</td>
                <td>{percent(step.step_conv_ratio)}</td>
                <td>{percent(step.overall_conv_ratio)}</td>
                <td>{index === 0 ? '–' : duration(step.avg_time_s)}</td>
                <td>{index === 0 ? '–' : duration(step.median_time_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
