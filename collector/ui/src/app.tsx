import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Link } from './kit/link.tsx';
import { Notice } from './kit/notice.tsx';
import { Foreign } from './kit/text.tsx';
import { FunnelPage, RetentionPage, TrendPage } from './pages/builders.tsx';
import { LiveList } from './pages/live.tsx';
import { firstFunnel, firstRetention, firstTrend, OverviewPage } from './pages/overview.tsx';
import { PeopleDialog } from './pages/people.tsx';
import { SendPage } from './pages/send.tsx';
import { connection, follow, stored } from './state/feed.ts';
import { route } from './state/location.ts';
import type { Route } from './state/route.ts';
import { refresh, start, trouble } from './state/start.ts';
import { counted } from './text/numbers.ts';

const NAMES_AGE_MS = 15_000;

export function App() {
  useEffect(() => {
    void refresh();
  }, []);
  if (trouble.value && start.value === null) return <Locked />;
  if (start.value === null) return <p class="sr">Loading</p>;
  return <Dashboard />;
}

function Dashboard() {
  useEffect(follow, []);
  useNamesUpToDate();
  const count = stored.value ?? start.value?.stored ?? 0;
  const here = route.value;
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Top here={here} count={count} />
      <main id="main" tabIndex={-1}>
        {connection.value === 'lost' && (
          <Notice title="The connection to the collector is gone" tone="bad">
            <p>
              What you see may be old. <a href={location.href}>Load the page again</a> once the
              collector runs.
            </p>
          </Notice>
        )}
        {count === 0 ? <SendPage waiting /> : <Page here={here} />}
      </main>
      <PeopleDialog />
    </>
  );
}

/** Read the names again when the first event has arrived, and now and then while events come. */
function useNamesUpToDate(): void {
  useSignalEffect(() => {
    const count = stored.value;
    const known = start.peek();
    if (count === null || known === null || count === known.stored) return;
    const timer = setTimeout(() => void refresh(), known.names.length === 0 ? 0 : NAMES_AGE_MS);
    return () => clearTimeout(timer);
  });
}

function Page({ here }: { here: Route }) {
  if (start.value?.names.length === 0) return <p class="sr">Loading</p>;
  switch (here.page) {
    case 'overview':
      return <OverviewPage />;
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

function Top({ here, count }: { here: Route; count: number }) {
  const pages: [string, Route][] = [
    ['Overview', { page: 'overview' }],
    ['Trend', firstTrend()],
    ['Funnel', firstFunnel()],
    ['Retention', firstRetention()],
    ['Live', { page: 'live' }],
    ['Send events', { page: 'send' }],
  ];
  return (
    <header class="top">
      <div class="top-inside">
        <p class="brand">
          <Mark /> Tallymark
          <span class="project">
            <Foreign text={start.value?.project ?? ''} limit={40} />
          </span>
        </p>
        {count > 0 && (
          <nav aria-label="Pages">
            <ul>
              {pages.map(([name, to]) => (
                <li key={name}>
                  <Link to={to} current={to.page === here.page}>
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <p class="count" aria-live="off">
          {counted(count, 'event')}
        </p>
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <path d="M7 6v20M13 6v20M19 6v20M25 6v20M3 22 29 10" />
    </svg>
  );
}

/** The page was reached by somebody it does not know. */
function Locked() {
  const problem = trouble.value;
  const unknown = problem?.status === 401 || problem?.status === 403;
  return (
    <main id="main" class="locked">
      <h1>
        <Mark /> Tallymark
      </h1>
      {unknown ? (
        <Notice title="You are not signed in">
          <p>
            This page opens by itself at <code>http://127.0.0.1</code> or{' '}
            <code>http://localhost</code> on the machine the collector runs on; from elsewhere ask
            the API with a read key (<code>tallymark key create --kind read</code>), until sign-in
            comes in a later release.
          </p>
        </Notice>
      ) : (
        <Notice title="The collector does not answer" tone="bad">
          <p>
            <Foreign text={problem?.message ?? ''} /> <a href={location.href}>Try again</a>
          </p>
        </Notice>
      )}
    </main>
  );
}
