import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { EventSelect, Group, Select } from '../kit/fields.tsx';
import { Notice } from '../kit/notice.tsx';
import { FunnelReport } from '../reports/funnel.tsx';
import { RetentionReport } from '../reports/retention.tsx';
import { TrendReport } from '../reports/trend.tsx';
import { refine } from '../state/location.ts';
import {
  type FunnelState,
  MAX_EVENTS,
  MAX_STEPS,
  type Range,
  type RetentionState,
  type TrendState,
} from '../state/route.ts';
import { start } from '../state/start.ts';
import { shifted, today } from '../text/dates.ts';

// On a narrow screen the builder is a sheet that opens; beside the result there is always room.
const room = matchMedia('(min-width: 62rem)');
const wide = signal(room.matches);
room.addEventListener('change', () => {
  wide.value = room.matches;
});

/** A report on its own page: the builder on one side, what it gives on the other. */
function Bench({
  title,
  builder,
  result,
}: Record<'builder' | 'result', ComponentChildren> & { title: string }) {
  return (
    <>
      <h1 class="sr">{title}</h1>
      <div class="bench">
        <details class="card builder" open={wide.value}>
          <summary>Change the question</summary>
          <form
            class="question"
            aria-label={`${title}: the question`}
            onSubmit={(event) => event.preventDefault()}
          >
            {builder}
          </form>
        </details>
        <div class="outcome">{result}</div>
      </div>
    </>
  );
}

export function TrendPage({ state }: { state: TrendState }) {
  const names = start.value?.names ?? [];
  return (
    <Bench
      title="Trend"
      builder={
        <>
          <Rows
            legend="Events"
            item="Event"
            rows={state.events}
            most={MAX_EVENTS}
            least={1}
            onChange={(events) => refine({ ...state, events })}
          />
          <Select
            label="Count"
            value={state.measure}
            options={[
              ['total', 'Events (total)'],
              ['uniques', 'Users (uniques)'],
            ]}
            onChange={(measure) => refine({ ...state, measure })}
          />
          <Select
            label="Interval"
            value={state.interval}
            options={[
              ['auto', 'What fits'],
              ['hour', 'Hour'],
              ['day', 'Day'],
              ['week', 'Week'],
              ['month', 'Month'],
            ]}
            onChange={(interval) => refine({ ...state, interval })}
          />
          <When state={state} onChange={(when) => refine({ ...state, ...when })} />
        </>
      }
      result={
        state.events.length > 0 && names.length > 0 ? (
          <TrendReport state={state} heading="Trend" height={340} />
        ) : (
          <Notice title="Choose an event">
            <p>A trend shows how often something happens. Add an event to begin.</p>
          </Notice>
        )
      }
    />
  );
}

export function FunnelPage({ state }: { state: FunnelState }) {
  const windows: [string, string][] = [
    ['1h', '1 hour'],
    ['1d', '1 day'],
    ['7d', '7 days'],
    ['14d', '14 days'],
    ['30d', '30 days'],
    ['90d', '90 days'],
  ];
  if (!windows.some(([key]) => key === state.window)) windows.push([state.window, state.window]);
  return (
    <Bench
      title="Funnel"
      builder={
        <>
          <Rows
            legend="Steps"
            item="Step"
            rows={state.steps}
            most={MAX_STEPS}
            least={2}
            movable
            onChange={(steps) => refine({ ...state, steps })}
          />
          <Select
            label="All steps within"
            value={state.window}
            options={windows}
            onChange={(window) => refine({ ...state, window })}
          />
          <Select
            label="A user who enters several times counts from"
            value={state.reentry}
            options={[
              ['first', 'the first entry'],
              ['best', 'the entry that gets furthest'],
            ]}
            onChange={(reentry) => refine({ ...state, reentry })}
          />
          <When state={state} onChange={(when) => refine({ ...state, ...when })} />
        </>
      }
      result={<FunnelReport state={state} heading="Funnel" />}
    />
  );
}

export function RetentionPage({ state }: { state: RetentionState }) {
  const names = start.value?.names ?? [];
  return (
    <Bench
      title="Retention"
      builder={
        <>
          <EventSelect
            label="Users begin with"
            value={state.birth}
            names={names}
            any
            onChange={(birth) => refine({ ...state, birth })}
          />
          <EventSelect
            label="and come back with"
            value={state.back}
            names={names}
            any
            onChange={(back) => refine({ ...state, back })}
          />
          <Select
            label="counted in"
            value={state.unit}
            options={[
              ['day', 'Days'],
              ['week', 'Weeks'],
              ['month', 'Months'],
            ]}
            onChange={(unit) => refine({ ...state, unit })}
          />
          <When state={state} onChange={(when) => refine({ ...state, ...when })} />
        </>
      }
      result={<RetentionReport state={state} heading="Retention" />}
    />
  );
}

interface RowsProps {
  legend: string;
  item: string;
  rows: readonly string[];
  most: number;
  least: number;
  movable?: boolean;
  onChange: (rows: string[]) => void;
}

/** A list of events to choose, to add to, to take from and, where order matters, to move. */
function Rows({ legend, item, rows, most, least, movable = false, onChange }: RowsProps) {
  const names = start.value?.names ?? [];
  const put = (index: number, name: string): void =>
    onChange(rows.map((one, place) => (place === index ? name : one)));
  const swap = (index: number, other: number): void => {
    const moved = [...rows];
    [moved[index], moved[other]] = [rows[other] ?? '', rows[index] ?? ''];
    onChange(moved);
  };
  const unused = names.find((one) => !rows.includes(one.name)) ?? names[0];
  return (
    <Group legend={legend}>
      <ol class="rows">
        {rows.map((name, index) => (
          <li key={index}>
            <EventSelect
              label={`${item} ${index + 1}`}
              value={name}
              names={names}
              onChange={(chosen) => put(index, chosen)}
            />
            <span class="row-tools">
              {movable && (
                <button
                  type="button"
                  aria-label={`Move step ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => swap(index, index - 1)}
                >
                  ↑
                </button>
              )}
              {movable && (
                <button
                  type="button"
                  aria-label={`Move step ${index + 1} down`}
                  disabled={index === rows.length - 1}
                  onClick={() => swap(index, index + 1)}
                >
                  ↓
                </button>
              )}
              <button
                type="button"
                aria-label={`Remove ${item.toLowerCase()} ${index + 1}`}
                disabled={rows.length <= least}
                onClick={() => onChange(rows.filter((_, place) => place !== index))}
              >
                ×
              </button>
            </span>
          </li>
        ))}
      </ol>
      <button
        type="button"
        disabled={rows.length >= most || unused === undefined}
        onClick={() => unused && onChange([...rows, unused.name])}
      >
        Add {item.toLowerCase()}
      </button>
    </Group>
  );
}

interface WhenProps {
  state: { range: Range; timezone: string };
  onChange: (when: { range?: Range; timezone?: string }) => void;
}

const PRESETS: readonly [Range, string][] = [
  ['all', 'All time'],
  ['1d', 'Today'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
];
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function When({ state, onChange }: WhenProps) {
  const id = useId();
  const custom = useSignal(state.range.includes('..'));
  const [from, to] = state.range.includes('..') ? state.range.split('..') : suggested(state);
  const options: (readonly [string, string])[] = [...PRESETS, ['custom', 'From … to …']];
  if (!custom.value && !PRESETS.some(([key]) => key === state.range)) {
    options.push([state.range, `Last ${state.range.slice(0, -1)} days`]);
  }
  const zones = [...new Set(['UTC', HERE, state.timezone])];
  const setDays = (first: string, last: string): void => {
    if (first && last && first <= last) onChange({ range: `${first}..${last}` });
  };
  return (
    <Group legend="Time">
      <Select
        label="Range"
        value={custom.value ? 'custom' : state.range}
        options={options}
        onChange={(key) => {
          custom.value = key === 'custom';
          if (custom.value) setDays(from ?? '', to ?? '');
          else onChange({ range: key as Range });
        }}
      />
      {custom.value && (
        <div class="days">
          <div class="field">
            <label for={`${id}-from`}>From</label>
            <input
              id={`${id}-from`}
              type="date"
              value={from}
              max={to}
              onChange={(event) => setDays(event.currentTarget.value, to ?? '')}
            />
          </div>
          <div class="field">
            <label for={`${id}-to`}>To (included)</label>
            <input
              id={`${id}-to`}
              type="date"
              value={to}
              min={from}
              onChange={(event) => setDays(from ?? '', event.currentTarget.value)}
            />
          </div>
        </div>
      )}
      <Select
        label="Days and weeks in"
        value={state.timezone}
        options={zones.map((zone): [string, string] => [zone, zone])}
        onChange={(timezone) => onChange({ timezone })}
      />
    </Group>
  );
}

/** The last 30 days that hold events, as a beginning for a range of one's own. */
function suggested(state: { timezone: string }): [string, string] {
  const last = today(state.timezone, start.value?.last_ts ?? Date.now());
  return [shifted(last, -29), last];
}
