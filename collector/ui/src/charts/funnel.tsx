import type { By, FunnelSteps, StepCount } from '../api/types.ts';
import { Disclosure } from '../kit/disclosure.tsx';
import { Scroll } from '../kit/scroll.tsx';
import { Foreign } from '../kit/text.tsx';
import { counted, duration, number, percent } from '../text/numbers.ts';
import { segmentName } from '../text/segment.ts';
import { shown } from '../text/shown.ts';
import { colour } from './colour.ts';

export type OpenStep = (step: number, state: 'reached' | 'dropped', by: By | undefined) => void;

interface Props {
  title: string;
  /** One funnel, or one for each segment. */
  funnels: readonly FunnelSteps[];
  /** The steps alone, for a page that shows other things too. */
  compact?: boolean;
  onOpen: OpenStep;
}

/** Steps as bars; how many reached each and how many were lost before it, each to be opened. */
export function FunnelChart({ title, funnels, compact = false, onOpen }: Props) {
  const whole = funnels.length === 1 && funnels[0]?.by === undefined ? funnels[0] : undefined;
  return (
    <figure class="chart" aria-label={title}>
      {whole ? (
        <Whole title={title} funnel={whole} compact={compact} onOpen={onOpen} />
      ) : (
        <Segments title={title} funnels={funnels} onOpen={onOpen} />
      )}
    </figure>
  );
}

interface WholeProps {
  title: string;
  funnel: FunnelSteps;
  compact: boolean;
  onOpen: OpenStep;
}

function Whole({ title, funnel, compact, onOpen }: WholeProps) {
  const times = funnel.time_to_convert_s;
  return (
    <>
      {!compact && (
        <dl class="facts">
          <Fact name="Conversion" value={percent(funnel.conversion)} />
          <Fact
            name="Converted"
            value={`${number(funnel.converted)} of ${number(funnel.entered)}`}
          />
          <Fact name="Median time" value={duration(times.median)} />
          <Fact name="9 of 10 within" value={duration(times.p90)} />
        </dl>
      )}
      <ol class="funnel">
        {funnel.steps.map((step, index) => (
          <Step
            key={index}
            place={index + 1}
            step={step}
            before={funnel.steps[index - 1]}
            most={Math.max(1, funnel.entered)}
            onOpen={onOpen}
          />
        ))}
      </ol>
      <Table title={title} steps={funnel.steps} />
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface StepProps {
  place: number;
  step: StepCount;
  before: StepCount | undefined;
  most: number;
  onOpen: OpenStep;
}

function Step({ place, step, before, most, onOpen }: StepProps) {
  const lost = before === undefined ? 0 : before.count - step.count;
  const name = shown(step.event);
  return (
    <li>
      {before !== undefined && (
        <p class="between">
          <span aria-hidden="true">↓</span> {percent(step.step_conv_ratio)} went on
          {step.median_time_s !== null && ` in ${duration(step.median_time_s)} (median)`} ·{' '}
          <button
            type="button"
            class="number lost"
            disabled={lost === 0}
            aria-label={`${number(lost)} lost before ${name}: show them`}
            onClick={() => onOpen(place, 'dropped', undefined)}
          >
            {lost === 0 ? 'none lost' : `${number(lost)} lost`}
          </button>
        </p>
      )}
      <p class="step-name">
        <span class="place">{place}</span>
        <Foreign text={step.event} limit={60} />
        <span class="step-numbers">
          <button
            type="button"
            class="number"
            aria-label={`${counted(step.count, 'user')} reached ${name}: show them`}
            onClick={() => onOpen(place, 'reached', undefined)}
          >
            {counted(step.count, 'user')}
          </button>
          <span class="share-of">{percent(step.overall_conv_ratio)}</span>
        </span>
      </p>
      <svg class="step-bar" width="100%" height="22" aria-hidden="true">
        <rect class="track" width="100%" height="22" rx="5" />
        {before !== undefined && (
          <rect class="bar-before" width={`${(100 * before.count) / most}%`} height="22" rx="5" />
        )}
        <rect class="bar c0" width={`${(100 * step.count) / most}%`} height="22" rx="5" />
      </svg>
    </li>
  );
}

function Table({ title, steps }: { title: string; steps: readonly StepCount[] }) {
  return (
    <Disclosure summary="Show as table">
      {() => (
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
              {steps.map((step, index) => (
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
      )}
    </Disclosure>
  );
}

/** The funnels of a breakdown side by side: bars for the eye, the numbers below. */
function Segments({ title, funnels, onOpen }: Props) {
  const steps = funnels[0]?.steps ?? [];
  return (
    <>
      <ol class="funnel split">
        {steps.map((step, index) => (
          <li key={index}>
            <p class="step-name">
              <span class="place">{index + 1}</span>
              <Foreign text={step.event} limit={60} />
            </p>
            <Bars funnels={funnels} index={index} />
          </li>
        ))}
      </ol>
      <Scroll kind="scroll" label={`Segments: ${title}`}>
        <table class="segments">
          <caption class="sr">{title}</caption>
          <thead>
            <tr>
              <th scope="col">Segment</th>
              {steps.map((step, index) => (
                <th key={index} scope="col">
                  {index + 1}. <Foreign text={step.event} limit={24} />
                </th>
              ))}
              <th scope="col">Conversion</th>
              <th scope="col">Median time</th>
            </tr>
          </thead>
          <tbody>
            {funnels.map((funnel, place) => (
              <SegmentRow key={place} funnel={funnel} place={place} onOpen={onOpen} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {funnels.some((one) => one.significance?.significant) && (
        <p class="aside">
          ● Converts differently from all others: no chance result (5% false discoveries).
        </p>
      )}
    </>
  );
}

function Bars({ funnels, index }: { funnels: readonly FunnelSteps[]; index: number }) {
  const high = 9;
  return (
    <svg class="step-bar" width="100%" height={funnels.length * high} aria-hidden="true">
      {funnels.map((funnel, place) => {
        const rate = funnel.entered === 0 ? 0 : (funnel.steps[index]?.count ?? 0) / funnel.entered;
        return (
          <g key={place}>
            <rect class="track" y={place * high} width="100%" height={high - 2} rx="2" />
            <rect
              class={`bar ${colour(place, isRest(funnel.by))}`}
              y={place * high}
              width={`${100 * rate}%`}
              height={high - 2}
              rx="2"
            />
          </g>
        );
      })}
    </svg>
  );
}

interface RowProps {
  funnel: FunnelSteps;
  place: number;
  onOpen: OpenStep;
}

function SegmentRow({ funnel, place, onOpen }: RowProps) {
  const name = segmentName(funnel.by);
  return (
    <tr>
      <th scope="row">
        <span class={`swatch ${colour(place, isRest(funnel.by))}`} aria-hidden="true" />{' '}
        <Foreign text={name} limit={40} />
      </th>
      {funnel.steps.map((step, index) => (
        <td key={index}>
          <button
            type="button"
            class="number"
            aria-label={`${counted(step.count, 'user')} of ${shown(name)} reached ${shown(step.event)}: show them`}
            onClick={() => onOpen(index + 1, 'reached', funnel.by)}
          >
            {number(step.count)}
          </button>
        </td>
      ))}
      <td>
        {funnel.significance?.significant && (
          <span class="significant" title="Converts differently from all others">
            ●<span class="sr">significant </span>
          </span>
        )}{' '}
        {percent(funnel.conversion)}
      </td>
      <td>{duration(funnel.time_to_convert_s.median)}</td>
    </tr>
  );
}

function isRest(by: By | undefined): boolean {
  return Object.values(by ?? {}).includes('$other');
}
