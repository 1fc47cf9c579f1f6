import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { asProblem, Problem } from '../api/problem.ts';
import type { People, Person } from '../api/types.ts';
import { Skeleton } from '../kit/skeleton.tsx';
import { Foreign } from '../kit/text.tsx';
import { closeCell, openPerson, person, route } from '../state/location.ts';
import { minute } from '../text/dates.ts';
import { counted, number } from '../text/numbers.ts';
import { Failure } from './failure.tsx';
import { Timeline } from './timeline.tsx';

interface Props {
  title: string;
  detail: string;
  report: 'trends' | 'funnel' | 'retention';
  question: object;
  cell: object;
  timezone: string;
}

/** The people behind a number, then one person's events, then the raw record of each. */
export function PeopleDialog(props: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const chosen = person.value;
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closed before it goes away, however that happened: this is what gives the focus back.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-labelledby="people-title"
      onClose={() => {
        if ('open' in route.value && route.value.open !== null) closeCell();
      }}
      closedby="any"
    >
      <div class="drawer-inside">
        <header>
          <div>
            <h2 id="people-title">
              <Foreign text={chosen ?? props.title} limit={120} />
            </h2>
            <p class="aside">
              {chosen === null ? (
                <Foreign text={props.detail} limit={120} />
              ) : (
                'One person’s events'
              )}
            </p>
          </div>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {chosen === null ? (
          <PeopleList {...props} />
        ) : (
          <>
            <button type="button" class="back" onClick={() => history.back()}>
              ← All people of this number
            </button>
            <Timeline key={chosen} user={chosen} timezone={props.timezone} />
          </>
        )}
      </div>
    </dialog>
  );
}

function PeopleList({ report, question, cell, timezone }: Props) {
  const found = useSignal<People | Problem | null>(null);
  const asked = JSON.stringify({ question, cell });
  useEffect(() => {
    const stop = new AbortController();
    found.value = null;
    ask<People>(`/v1/people/${report}`, { body: JSON.parse(asked), signal: stop.signal }).then(
      (people) => {
        found.value = people;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) found.value = asProblem(error);
      },
    );
    return () => stop.abort();
  }, [report, asked, found]);
  const people = found.value;
  if (people === null) return <Skeleton />;
  if (people instanceof Problem) return <Failure problem={people} />;
  return (
    <>
      <p class="people-count">
        {counted(people.count, 'user')}
        <span class="aside">
          {people.people.length < people.count &&
            ` · the first ${number(people.people.length)} are shown`}
          {people.nobody > 0 &&
            ` · ${counted(people.nobody, 'event')} of nobody (no user, no device)`}
          {` · times in ${timezone}`}
        </span>
      </p>
      {people.people.length > 0 && (
        <p class="people-head" aria-hidden="true">
          <span>User</span>
          <span>Events here</span>
          <span>First</span>
          <span>Last</span>
        </p>
      )}
      <ul class="people">
        {people.people.map((one) => (
          <PersonRow key={one.user} person={one} timezone={timezone} />
        ))}
      </ul>
    </>
  );
}

function PersonRow({ person: one, timezone }: { person: Person; timezone: string }) {
  return (
    <li>
      <button type="button" onClick={() => openPerson(one.user)}>
        <strong>
          <Foreign text={one.user} limit={48} />
        </strong>{' '}
        <span>
          {number(one.events)}
          <span class="sr"> events counted here, the first </span>
        </span>{' '}
        <span>
          {minute(one.first_ts, timezone)}
          <span class="sr">, the last </span>
        </span>{' '}
        <span>{minute(one.last_ts, timezone)}</span>
      </button>
    </li>
  );
}
