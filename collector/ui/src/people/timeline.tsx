import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import type { PersonEvents, Stored } from '../api/types.ts';
import { Skeleton } from '../kit/skeleton.tsx';
import { Foreign } from '../kit/text.tsx';
import { clock, longDay, span, today } from '../text/dates.ts';
import { summary } from '../text/event.ts';
import { counted } from '../text/numbers.ts';
import { Failure } from './failure.tsx';
import { StoredRecord } from './record.tsx';

/** One person's events, newest first and day by day; each opens to its raw record. */
export function Timeline({ user, timezone }: { user: string; timezone: string }) {
  const events = useSignal<Stored[]>([]);
  const total = useSignal<number | null>(null);
  const next = useSignal<number | null>(null);
  const problem = useSignal<Problem | null>(null);
  const load = async (after: number | null): Promise<void> => {
    try {
      const page = await ask<PersonEvents>('/v1/people/events', { body: { user, after } });
      events.value = [...events.value, ...page.events];
      total.value = page.total;
      next.value = page.next;
    } catch (error) {
      problem.value = asProblem(error);
    }
  };
  useEffect(() => {
    void load(null);
  }, []);
  if (problem.value) return <Failure problem={problem.value} />;
  if (total.value === null) return <Skeleton />;
  return (
    <>
      <p class="aside">
        {counted(total.value, 'event')} in all, newest first · times in {timezone}
      </p>
      {days(events.value, timezone).map(({ day, own, gap }) => (
        <section key={day} class="day" aria-label={longDay(day)}>
          <h3>
            {longDay(day)}
            {gap > 1 && <span class="aside">{gap} days before</span>}
          </h3>
          <ul class="timeline">
            {own.map((one) => (
              <EventRow key={one.pos} event={one} timezone={timezone} />
            ))}
          </ul>
        </section>
      ))}
      {next.value !== null && (
        <button type="button" class="older" onClick={() => void load(next.value)}>
          Show older events
        </button>
      )}
    </>
  );
}

interface Day {
  day: string;
  own: Stored[];
  /** How many days lie between this one and the one above it. */
  gap: number;
}

function days(events: readonly Stored[], timezone: string): Day[] {
  const found: Day[] = [];
  for (const event of events) {
    const day = today(timezone, event.ts);
    const last = found.at(-1);
    if (last?.day === day) last.own.push(event);
    else found.push({ day, own: [event], gap: last === undefined ? 0 : span(day, last.day) - 1 });
  }
  return found;
}

function EventRow({ event, timezone }: { event: Stored; timezone: string }) {
  const open = useSignal(false);
  const { name, properties } = summary(event.body);
  return (
    <li>
      <details
        onToggle={(change) => {
          open.value = change.currentTarget.open;
        }}
      >
        <summary>
          <span class="time">{clock(event.ts, timezone)}</span>{' '}
          <span class="what">
            <strong>
              <Foreign text={name} limit={60} />
            </strong>{' '}
            <span class="properties">
              <Foreign text={properties} limit={120} />
            </span>
          </span>
        </summary>
        {open.value && <StoredRecord event={event} timezone={timezone} />}
      </details>
    </li>
  );
}
