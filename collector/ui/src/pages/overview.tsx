import { Link } from '../kit/link.tsx';
import { FunnelReport } from '../reports/funnel.tsx';
import { RetentionReport } from '../reports/retention.tsx';
import { suggestEvents } from '../reports/suggest.ts';
import { TrendReport } from '../reports/trend.tsx';
import {
  ANY_EVENT,
  type FunnelState,
  type RetentionState,
  type TrendState,
} from '../state/route.ts';
import { start } from '../state/start.ts';
import { LiveList } from './live.tsx';

const WHEN = { range: 'all', timezone: 'UTC' } as const;

export function firstTrend(): TrendState {
  const events = suggestEvents(start.value?.names ?? []);
  return { page: 'trend', events, measure: 'total', interval: 'auto', ...WHEN };
}

export function firstFunnel(): FunnelState {
  const steps = start.value?.first_steps ?? [];
  return { page: 'funnel', steps, window: '7d', reentry: 'first', ...WHEN };
}

export function firstRetention(): RetentionState {
  return { page: 'retention', birth: ANY_EVENT, back: ANY_EVENT, unit: 'week', ...WHEN };
}

/** Everything at a glance: what arrives, how much, how far, and who comes back. */
export function OverviewPage() {
  const [trend, funnel, retention] = [firstTrend(), firstFunnel(), firstRetention()];
  return (
    <>
      <h1 class="sr">Overview</h1>
      <div class="overview">
        <div class="wide">
          <TrendReport state={trend} heading="Trend" edit={<Change to={trend} what="trend" />} />
        </div>
        <div class="side">
          <LiveList most={9} edit={<Change to={{ page: 'live' }} what="live" text="All" />} />
        </div>
        <div class="half">
          <FunnelReport
            state={funnel}
            heading="Funnel"
            edit={<Change to={funnel} what="funnel" />}
          />
        </div>
        <div class="half">
          <RetentionReport
            state={retention}
            heading="Retention"
            edit={<Change to={retention} what="retention" />}
          />
        </div>
      </div>
    </>
  );
}

interface ChangeProps {
  to: Parameters<typeof Link>[0]['to'];
  what: string;
  text?: string;
}

function Change({ to, what, text = 'Change' }: ChangeProps) {
  return (
    <Link to={to} class="change">
      {text}
      <span class="sr"> ({what})</span>
    </Link>
  );
}
