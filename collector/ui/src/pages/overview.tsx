import { RangeBar } from '../builder/range.tsx';
import { Link } from '../kit/link.tsx';
import { firstFunnel, firstRetention, firstTrend } from '../reports/first.ts';
import { FunnelReport } from '../reports/funnel.tsx';
import { usualRange } from '../reports/questions.ts';
import { RetentionReport } from '../reports/retention.tsx';
import { TrendReport } from '../reports/trend.tsx';
import { refine } from '../state/location.ts';
import type { OverviewState, Route } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { Headlines } from './headlines.tsx';
import { LiveList } from './live.tsx';

const COHORTS = 8;

/** Everything at a glance: what arrives, how much, how far, and who comes back. */
export function OverviewPage({ state }: { state: OverviewState }) {
  const { timezone, open } = state;
  const range = state.range ?? usualRange(extent());
  const shared = { range, timezone, open };
  const closed = { ...shared, open: null };
  return (
    <>
      <div class="page-head">
        <h1>Overview</h1>
        <RangeBar
          range={range}
          timezone={timezone}
          onChange={(when) => refine({ ...state, ...when })}
        />
      </div>
      <div class="overview">
        <Headlines shared={closed} />
        <div class="wide">
          <TrendReport
            state={firstTrend(shared)}
            heading="Most frequent events"
            height={196}
            edit={<Change to={firstTrend(closed)} what="trend" />}
          />
        </div>
        <div class="side">
          <LiveList
            most={10}
            compact
            edit={<Change to={{ page: 'live' }} what="live" text="All" />}
          />
        </div>
        <div class="half">
          <FunnelReport
            state={firstFunnel(shared)}
            heading="Funnel"
            compact
            edit={<Change to={firstFunnel(closed)} what="funnel" />}
          />
        </div>
        <div class="half">
          <RetentionReport
            state={firstRetention(shared)}
            heading="Retention"
            most={COHORTS}
            edit={<Change to={firstRetention(closed)} what="retention" />}
          />
        </div>
      </div>
    </>
  );
}

interface ChangeProps {
  to: Route;
  what: string;
  text?: string;
}

function Change({ to, what, text = 'Explore' }: ChangeProps) {
  return (
    <Link to={to} class="change">
      {text}
      <span class="sr"> ({what})</span> <span aria-hidden="true">→</span>
    </Link>
  );
}
