import type { Problem } from '../api/problem.ts';
import { Notice } from '../kit/notice.tsx';
import { Foreign } from '../kit/text.tsx';
import { Mark } from './shell.tsx';

/** The page was reached by somebody it does not know, or there is nothing to show. */
export function Locked({ problem }: { problem: Problem }) {
  return (
    <main id="main" class="locked">
      <h1>
        <Mark /> Tallymark
      </h1>
      <Reason problem={problem} />
    </main>
  );
}

function Reason({ problem }: { problem: Problem }) {
  if (problem.status === 401 || problem.status === 403) {
    return (
      <Notice title="You are not signed in">
        <p>
          This page opens by itself at <code>http://127.0.0.1</code> or{' '}
          <code>http://localhost</code> on the machine the collector runs on. From elsewhere ask the
          API with a read key (<code>tallymark key create --kind read</code>), until sign-in comes
          in a later release.
        </p>
      </Notice>
    );
  }
  if (problem.path === 'project') {
    return (
      <Notice title="There is no such project here">
        <p>
          <Foreign text={problem.message} />. <a href="/">Show the project that opens by itself</a>
        </p>
      </Notice>
    );
  }
  return (
    <Notice title="The collector does not answer" tone="bad">
      <p>
        <Foreign text={problem.message} /> <a href={location.href}>Try again</a>
      </p>
    </Notice>
  );
}
