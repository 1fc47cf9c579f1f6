import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { RawRecord } from '../kit/record.tsx';
import { Foreign } from '../kit/text.tsx';
import type { Arrival } from '../state/arrivals.ts';
import { arrivals, connection, skipped } from '../state/feed.ts';
import { clock } from '../text/dates.ts';
import { summary } from '../text/event.ts';
import { counted } from '../text/numbers.ts';
import { StoredRecord } from './people.tsx';

interface Props {
  most: number;
  heading?: string;
  edit?: ComponentChildren;
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const STATES = { connecting: 'Connecting …', live: 'Live', lost: 'Not connected' };

/** Events as they arrive; paused or filtered, and each opened to its raw record. */
export function LiveList({ most, heading = 'Live events', edit }: Props) {
  const id = useId();
  const held = useSignal<readonly Arrival[] | null>(null);
  const wanted = useSignal('');
  const all = arrivals.value;
  const shownNow = (held.value ?? all).filter((one) => matches(one, wanted.value)).slice(0, most);
  const waiting = held.value === null ? 0 : all.filter((one) => !held.value?.includes(one)).length;
  return (
    <section class="card live" aria-labelledby={id}>
      <header>
        <h2 id={id}>{heading}</h2>
        <span class={`state ${connection.value}`} role="status">
          {held.value === null ? STATES[connection.value] : 'Paused'}
        </span>
        {edit}
      </header>
      <div class="tools">
        <div class="field grow">
          <label for={`${id}-filter`}>Filter</label>
          <input
            id={`${id}-filter`}
            type="search"
            value={wanted.value}
            placeholder="name, user or any text"
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
      {skipped.value > 0 && (
        <p class="aside">{counted(skipped.value, 'event')} came too fast to be listed here.</p>
      )}
      {shownNow.length === 0 ? (
        <p class="aside empty">
          {all.length === 0 ? 'Nothing has arrived yet.' : 'None of the last events matches.'}
        </p>
      ) : (
        <ul class="arrivals">
          {shownNow.map((one) => (
            <Row key={`${one.kind} ${one.pos}`} arrival={one} />
          ))}
        </ul>
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
  const refused = arrival.kind === 'refused';
  return (
    <li class={arrival.kind}>
      <details
        onToggle={(event) => {
          open.value = event.currentTarget.open;
        }}
      >
        <summary>
          <span class="time">{clock(arrival.received_at, ZONE)}</span>{' '}
          <span class="what">
            <strong>
              <Foreign text={name} limit={40} />
            </strong>{' '}
            {who !== null && (
              <span class="who">
                <Foreign text={who} limit={24} />
              </span>
            )}
            {refused ? (
              <span class="why">rejected: {arrival.text}</span>
            ) : (
              <span class="properties">
                <Foreign text={properties} limit={90} />
              </span>
            )}
          </span>
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
