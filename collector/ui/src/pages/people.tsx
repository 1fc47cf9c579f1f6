import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import type { People, Person, PersonEvents, Stored } from '../api/types.ts';
import { Notice } from '../kit/notice.tsx';
import { RawRecord } from '../kit/record.tsx';
import { Foreign } from '../kit/text.tsx';
import { type Drill, drill } from '../state/drill.ts';
import { instant, moment } from '../text/dates.ts';
import { summary } from '../text/event.ts';
import { counted, number } from '../text/numbers.ts';

/** The people behind a number, then one person's events, then the raw record of each. */
export function PeopleDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const chosen = useSignal<string | null>(null);
  const open = drill.value;
  useEffect(() => {
    chosen.value = null;
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open, chosen]);
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-labelledby="people-title"
      onClose={() => {
        drill.value = null;
      }}
      closedby="any"
    >
      {open && (
        <div class="drawer-inside">
          <header>
            <h2 id="people-title">
              {chosen.value === null ? (
                <Foreign text={open.title} />
              ) : (
                <Foreign text={chosen.value} limit={80} />
              )}
            </h2>
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </header>
          {chosen.value === null ? (
            <PeopleList
              drill={open}
              onChoose={(user) => {
                chosen.value = user;
              }}
            />
          ) : (
            <>
              <button
                type="button"
                class="back"
                onClick={() => {
                  chosen.value = null;
                }}
              >
                ← All people of this number
              </button>
              <Timeline user={chosen.value} timezone={open.timezone} />
            </>
          )}
        </div>
      )}
    </dialog>
  );
}

function PeopleList({
  drill: asked,
  onChoose,
}: {
  drill: Drill;
  onChoose: (user: string) => void;
}) {
  const found = useSignal<People | Problem | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    found.value = null;
    ask<People>(
      `/v1/people/${asked.report}`,
      { question: asked.question, cell: asked.cell },
      stop.signal,
    ).then(
      (people) => {
        found.value = people;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) found.value = asProblem(error);
      },
    );
    return () => stop.abort();
  }, [asked, found]);
  const people = found.value;
  if (people === null) return <div class="skeleton" role="status" aria-label="Loading" />;
  if (people instanceof Problem) return <Failure problem={people} />;
  return (
    <>
      <p class="aside">
        {counted(people.count, 'user')}
        {people.people.length < people.count && `, the first ${number(people.people.length)} shown`}
        {people.nobody > 0 && ` · ${counted(people.nobody, 'event')} of nobody: no user, no device`}
      </p>
      <ul class="people">
        {people.people.map((person) => (
          <PersonRow
            key={person.user}
            person={person}
            timezone={asked.timezone}
            onChoose={onChoose}
          />
        ))}
      </ul>
    </>
  );
}

interface PersonProps {
  person: Person;
  timezone: string;
  onChoose: (user: string) => void;
}

function PersonRow({ person, timezone, onChoose }: PersonProps) {
  return (
    <li>
      <button type="button" onClick={() => onChoose(person.user)}>
        <strong>
          <Foreign text={person.user} limit={60} />
        </strong>
        <span class="aside">
          {counted(person.events, 'event')} counted here, the first{' '}
          {moment(person.first_ts, timezone)}
        </span>
      </button>
    </li>
  );
}

function Timeline({ user, timezone }: { user: string; timezone: string }) {
  const events = useSignal<Stored[]>([]);
  const total = useSignal<number | null>(null);
  const next = useSignal<number | null>(null);
  const problem = useSignal<Problem | null>(null);
  const load = async (after: number | null): Promise<void> => {
    try {
      const page = await ask<PersonEvents>('/v1/people/events', { user, after });
      events.value = [...events.value, ...page.events];
      total.value = page.total;
      next.value = page.next;
    } catch (error) {
      problem.value = asProblem(error);
    }
  };
  useEffect(() => {
    void load(null);
  }, [user]);
  if (problem.value) return <Failure problem={problem.value} />;
  if (total.value === null) return <div class="skeleton" role="status" aria-label="Loading" />;
  return (
    <>
      <p class="aside">
        {counted(total.value, 'event')} in all, newest first, times in {timezone}
      </p>
      <ul class="timeline">
        {events.value.map((one) => (
          <EventRow key={one.pos} event={one} timezone={timezone} />
        ))}
      </ul>
      {next.value !== null && (
        <button type="button" onClick={() => void load(next.value)}>
          Show older events
        </button>
      )}
    </>
  );
}

function EventRow({ event, timezone }: { event: Stored; timezone: string }) {
  const open = useSignal(false);
  const { name } = summary(event.body);
  return (
    <li>
      <details
        onToggle={(change) => {
          open.value = change.currentTarget.open;
        }}
      >
        <summary>
          <span class="time">{moment(event.ts, timezone)}</span>{' '}
          <strong>
            <Foreign text={name} limit={60} />
          </strong>
        </summary>
        {open.value && <StoredRecord event={event} timezone={timezone} />}
      </details>
    </li>
  );
}

/** Everything the log holds of one event. */
export function StoredRecord({ event, timezone }: { event: Stored; timezone: string }) {
  return (
    <>
      <dl class="facts small">
        <Fact name="Position" value={number(event.pos)} />
        {event.stream !== null && <Fact name="Stream" value={event.stream} />}
        {event.seq !== null && <Fact name="Number in stream" value={number(event.seq)} />}
        {event.id !== null && <Fact name="Id" value={event.id} />}
        <Fact name="Happened" value={instant(event.ts, timezone)} />
        <Fact name="Received" value={instant(event.received_at, timezone)} />
      </dl>
      <RawRecord body={event.body} label="Raw record" />
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Foreign text={value} />
      </dd>
    </div>
  );
}

function Failure({ problem }: { problem: Problem }) {
  return (
    <Notice title="The people cannot be shown" tone="bad">
      <p>
        <Foreign text={problem.message} />
      </p>
    </Notice>
  );
}

function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'page', String(error));
}
