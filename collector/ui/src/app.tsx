import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Link } from './kit/link.tsx';
import { Notice } from './kit/notice.tsx';
import { FunnelPage, RetentionPage, TrendPage } from './pages/builders.tsx';
import { LiveList } from './pages/live.tsx';
import { Locked } from './pages/locked.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { SendPage } from './pages/send.tsx';
import { Bottom, Mark, ProjectSwitch } from './pages/shell.tsx';
import { firstFunnel, firstRetention, firstTrend } from './reports/first.ts';
import { usualRange } from './reports/questions.ts';
import { connection, follow, stored } from './state/feed.ts';
import { route } from './state/location.ts';
import { project } from './state/project.ts';
import type { Route } from './state/route.ts';
import { extent, outdated, refresh, start, trouble } from './state/start.ts';
import { number } from './text/numbers.ts';
import { shown } from './text/shown.ts';

const NAMES_AGE_MS = 15_000;
const WAITING_MS = 2_000;

const TITLES: Record<Route['page'], string> = {
  overview: 'Overview',
  trend: 'Trend',
  funnel: 'Funnel',
  retention: 'Retention',
  live: 'Live',
  send: 'Send events',
};

export function App() {
  useEffect(() => {
    void refresh();
  }, []);
  if (trouble.value && start.value === null) return <Locked problem={trouble.value} />;
  if (start.value === null) return <p class="sr">Loading</p>;
  return <Dashboard />;
}

function Dashboard() {
  useEffect(() => follow(), [project.value]);
  useNamesUpToDate();
  const count = stored.value ?? start.value?.stored ?? 0;
  const here = route.value;
  // What is stored may be no event at all: a profile, or who somebody is.
  const waiting = count === 0 || (start.value?.names.length === 0 && start.value.stored === count);
  const title = waiting ? 'Waiting for the first event' : TITLES[here.page];
  useEffect(() => {
    document.title = `${title} · ${shown(project.value ?? '')} · Tallymark`;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Top here={here} count={count} waiting={waiting} />
      <main id="main" tabIndex={-1}>
        {connection.value === 'lost' && (
          <Notice title="The connection to the collector is gone" tone="bad">
            <p>What you see may be old. It is asked again every few seconds.</p>
          </Notice>
        )}
        {outdated.value && (
          <Notice title="The collector runs another version now">
            <p>
              <a href={location.href}>Load the page again</a> to have the one that belongs to it.
            </p>
          </Notice>
        )}
        {waiting ? <SendPage waiting /> : <Page here={here} />}
      </main>
      <Bottom />
    </>
  );
}

let namesReadAt = Date.now();

/**
 * Read the names again when the first event has arrived, and now and then while events come.
 *
 * An empty project asks of itself: another one may be where the first event went.
 */
function useNamesUpToDate(): void {
  useSignalEffect(() => {
    const count = stored.value;
    const known = start.value;
    if (count === null || known === null) return;
    const empty = known.names.length === 0;
    if (count === known.stored && !empty) return;
    const rest = Math.max(0, namesReadAt + NAMES_AGE_MS - Date.now());
    const wait = count === known.stored ? WAITING_MS : empty ? 0 : rest;
    const timer = setTimeout(() => {
      namesReadAt = Date.now();
      void refresh();
    }, wait);
    return () => clearTimeout(timer);
  });
}

function Page({ here }: { here: Route }) {
  if (start.value?.names.length === 0) return <p class="sr">Loading</p>;
  switch (here.page) {
    case 'overview':
      return <OverviewPage state={here} />;
    case 'trend':
      return (
        <TrendPage
          state={here.events.length > 0 ? here : { ...here, events: firstTrend().events }}
        />
      );
    case 'funnel':
      return (
        <FunnelPage
          state={here.steps.length > 0 ? here : { ...here, steps: firstFunnel().steps }}
        />
      );
    case 'retention':
      return <RetentionPage state={here} />;
    case 'live':
      return (
        <>
          <h1 class="sr">Live</h1>
          <LiveList most={200} />
        </>
      );
    case 'send':
      return <SendPage waiting={false} />;
  }
}

function Top({ here, count, waiting }: { here: Route; count: number; waiting: boolean }) {
  const usual = usualRange(extent());
  const asked = 'range' in here && here.range !== null ? here : { range: usual, timezone: 'UTC' };
  const shared = { range: asked.range ?? usual, timezone: asked.timezone, open: null };
  const pages: Route[] = [
    { page: 'overview', ...shared, range: shared.range === usual ? null : shared.range },
    firstTrend(shared),
    firstFunnel(shared),
    firstRetention(shared),
    { page: 'live' },
    { page: 'send' },
  ];
  return (
    <header class="top">
      <div class="top-inside">
        <p class="brand">
          <Mark /> Tallymark
        </p>
        <ProjectSwitch />
        {!waiting && (
          <nav aria-label="Pages">
            <ul>
              {pages.map((to) => (
                <li key={to.page}>
                  <Link to={to} current={to.page === here.page}>
                    {TITLES[to.page]}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <p class="count" aria-live="off">
          <span class={`pulse-dot ${connection.value}`} aria-hidden="true" />
          {number(count)} stored
        </p>
      </div>
    </header>
  );
}
