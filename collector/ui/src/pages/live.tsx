import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { RawRecord } from '../kit/record.tsx';
import { Foreign } from '../kit/text.tsx';
import { StoredRecord } from '../people/record.tsx';
import type { Arrival } from '../state/arrivals.ts';
import { arrivals, connection, skipped } from '../state/feed.ts';
import { clock } from '../text/dates.ts';
import { summary } from '../text/event.ts';
import { counted } from '../text/numbers.ts';

interface Props {
  most: number;
  heading?: string;
  edit?: ComponentChildren;
  /** A short list without tools, for a page that shows other things too. */
  compact?: boolean;
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const STATES = { connecting: 'Connecting …', live: 'Live', lost: 'Not connected' };

/** Events as they arrive; paused or filtered, and each opened to its raw record. */
export function LiveList({ most, heading = 'Live events', edit, compact = false }: Props) {
  const id = useId();
  const held = useSignal<readonly Arrival[] | null>(null);
  const wanted = useSignal('');
  const all = arrivals.value;
  const listed = (held.value ?? all).filter((one) => matches(one, wanted.value)).slice(0, most);
  const waiting = held.value === null ? 0 : all.filter((one) => !held.value?.includes(one)).length;
  return (
    <section class={`card live${compact ? ' compact' : ''}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{heading}</h2>
        <span class={`state ${connection.value}`} role="status">
          {held.value === null ? STATES[connection.value] : 'Paused'}
        </span>
        {edit}
      </header>
      {!compact && (
        <div class="tools">
          <div class="field grow">
            <label for={`${id}-filter`} class="sr">
              Filter
            </label>
            <input
              id={`${id}-filter`}
              type="search"
              value={wanted.value}
              placeholder="Filter by name, user or any text"
              onInput={(event) => {
                wanted.value = event.currentTarget.value;
              }}
            />
          </div>
          <button
            type="button"
            aria-pressed={held.value !== null}
            onClick={() => {
              held.value = held.value === null ? all : null;
            }}
          >
            {held.value === null ? 'Pause' : `Resume${waiting > 0 ? ` (${waiting} new)` : ''}`}
          </button>
        </div>
      )}
      {listed.length === 0 ? (
        <p class="aside empty">
          {all.length === 0 ? 'Nothing has arrived yet.' : 'None of the last events matches.'}
        </p>
      ) : (
        <>
          {!compact && (
            <p class="arrivals-head" aria-hidden="true">
              <span>Received</span>
              <span>Event</span>
              <span>User</span>
              <span>Properties</span>
            </p>
          )}
          <ul class="arrivals">
            {listed.map((one) => (
              <Row key={`${one.kind} ${one.pos}`} arrival={one} />
            ))}
          </ul>
        </>
      )}
      {skipped.value > 0 && (
        <p class="aside">
          {counted(skipped.value, 'event')} came too fast to be listed here. All are stored.
        </p>
      )}
    </section>
  );
}

function matches(one: Arrival, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  if (text === '') return true;
  const told = one.kind === 'refused' ? `rejected ${one.code} ${one.text}` : '';
  return `${one.body} ${told}`.toLowerCase().includes(text);
}

function Row({ arrival }: { arrival: Arrival }) {
  const open = useSignal(false);
  const { name, who, properties } = summary(arrival.body);
  return (
    <li class={arrival.kind}>
      <details
        onToggle={(event) => {
          open.value = event.currentTarget.open;
        }}
      >
        <summary>
          <span class="time">{clock(arrival.received_at, ZONE)}</span>{' '}
          <strong class="event-name">
            <Foreign text={name} limit={40} />
          </strong>{' '}
          <span class="who">{who !== null && <Foreign text={who} limit={28} />}</span>{' '}
          {arrival.kind === 'refused' ? (
            <span class="why">rejected: {arrival.text}</span>
          ) : (
            <span class="properties">
              <Foreign text={properties} limit={160} />
            </span>
          )}
        </summary>
        {open.value &&
          (arrival.kind === 'refused' ? (
            <Rejection arrival={arrival} />
          ) : (
            <StoredRecord event={arrival} timezone={ZONE} />
          ))}
      </details>
    </li>
  );
}

/** Why one event was rejected, and the line to change. */
export function Rejection({ arrival }: { arrival: Extract<Arrival, { kind: 'refused' }> }) {
  return (
    <div class="rejection">
      <p>
        <code>{arrival.code}</code>
        {arrival.path !== '' && (
          <>
            {' at '}
            <code>
              <Foreign text={arrival.path} limit={80} />
            </code>
          </>
        )}
        : {arrival.text}.
      </p>
      <RawRecord
        body={arrival.body}
        path={arrival.path}
        label="Rejected event, the line to change is marked"
      />
    </div>
  );
}
