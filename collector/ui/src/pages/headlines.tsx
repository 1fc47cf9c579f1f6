import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, RetentionAnswer, TrendsAnswer } from '../api/types.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { Change } from '../charts/trend.tsx';
import { Link } from '../kit/link.tsx';
import { Foreign } from '../kit/text.tsx';
import { firstFunnel, firstRetention, firstTrend, type Shared } from '../reports/first.ts';
import { funnels } from '../reports/funnel.tsx';
import {
  funnelQuestion,
  hasBefore,
  retentionQuestion,
  trendQuestion,
} from '../reports/questions.ts';
import { begunPoints, incomplete } from '../reports/trend.tsx';
import { knownAnswer, useResult } from '../state/result.ts';
import { ANY_EVENT, type Route } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { number, percent, roughly } from '../text/numbers.ts';

/** The four numbers people ask for first; each leads to the report it comes from. */
export function Headlines({ shared }: { shared: Shared }) {
  return (
    <ul class="headlines">
      <Count name="Events" measure="total" shared={shared} />
      <Count name="Users" measure="uniques" shared={shared} />
      <Conversion shared={shared} />
      <Return shared={shared} />
    </ul>
  );
}

interface CountProps {
  name: string;
  measure: 'total' | 'uniques';
  shared: Shared;
}

function Count({ name, measure, shared }: CountProps) {
  const compare = hasBefore(shared, extent());
  const state = { ...firstTrend(shared), events: [ANY_EVENT], measure, compare };
  // The charts come first: these numbers wait until the first of them is there.
  const first = knownAnswer('/v1/query/trends', trendQuestion(firstTrend(shared), extent()));
  const question = first === null ? null : trendQuestion(state, extent());
  const { answer } = useResult<TrendsAnswer>('/v1/query/trends', question).value;
  const series = answer?.series[0];
  return (
    <Headline name={name} to={state} value={series ? number(series.total) : null}>
      {series?.previous && <Change now={series.total} before={series.previous.total} />}
      {answer && <Sparkline values={whole(answer)} />}
    </Headline>
  );
}

/** Return the values of the buckets that are over: half a day would look like a fall. */
function whole(answer: TrendsAnswer): (number | null)[] {
  const values = begunPoints(answer).map((point) => point.value);
  return values.length > 2 && incomplete(answer) !== '' ? values.slice(0, -1) : values;
}

function Conversion({ shared }: { shared: Shared }) {
  const state = firstFunnel(shared);
  const [first, last] = [state.steps[0], state.steps.at(-1)];
  const answer =
    state.steps.length < 2
      ? null
      : knownAnswer<FunnelAnswer>('/v1/query/funnel', funnelQuestion(state, extent()));
  const [funnel] = answer === null ? [] : funnels(answer);
  if (first === undefined || last === undefined || first === last) return null;
  return (
    <Headline name="Conversion" to={state} value={funnel ? percent(funnel.conversion) : null}>
      <span class="aside">
        <Foreign text={first} limit={18} /> → <Foreign text={last} limit={18} />
      </span>
    </Headline>
  );
}

function Return({ shared }: { shared: Shared }) {
  const state = firstRetention(shared);
  const question = retentionQuestion(state, extent());
  const answer = knownAnswer<RetentionAnswer>('/v1/query/retention', question);
  const rate = answer?.averages[0]?.cells[1];
  return (
    <Headline name="Back in week 1" to={state} value={answer ? roughly(rate ?? null) : null}>
      <span class="aside">of those who began, on average</span>
    </Headline>
  );
}

interface HeadlineProps {
  name: string;
  to: Route;
  value: string | null;
  children: ComponentChildren;
}

function Headline({ name, to, value, children }: HeadlineProps) {
  return (
    <li>
      <Link to={to} class="headline">
        <span class="headline-name">{name}</span>
        <span class="headline-value">{value ?? <span class="sr">Loading</span>}</span>
        <span class="headline-more">{children}</span>
      </Link>
    </li>
  );
}
