import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Breakdown } from '../builder/breakdown.tsx';
import { Filters } from '../builder/filters.tsx';
import { MeasureFields } from '../builder/measure.tsx';
import { RangeBar } from '../builder/range.tsx';
import { Rows } from '../builder/rows.tsx';
import { Copy } from '../kit/copy.tsx';
import { EventSelect, Group, Select } from '../kit/fields.tsx';
import { Notice } from '../kit/notice.tsx';
import { Segmented } from '../kit/segmented.tsx';
import { FunnelReport } from '../reports/funnel.tsx';
import { RetentionReport } from '../reports/retention.tsx';
import { TrendReport } from '../reports/trend.tsx';
import { refine } from '../state/location.ts';
import { readProperties } from '../state/properties.ts';
import {
  ANY_EVENT,
  type FunnelState,
  MAX_EVENTS,
  MAX_STEPS,
  type ReportState,
  type RetentionState,
  type TrendState,
} from '../state/route.ts';
import { start } from '../state/start.ts';

// On a narrow screen the builder is a sheet that opens; beside the result there is always room.
const room = matchMedia('(min-width: 62rem)');
const wide = signal(room.matches);
room.addEventListener('change', () => {
  wide.value = room.matches;
});

interface BenchProps {
  title: string;
  state: ReportState;
  events: readonly string[];
  builder: ComponentChildren;
  result: ComponentChildren;
}

/** A report on its own page: the builder on one side, what it gives on the other. */
function Bench({ title, state, events, builder, result }: BenchProps) {
  useEffect(() => {
    void readProperties();
  }, []);
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
            <Filters
              filters={state.filters}
              events={events}
              onChange={(filters) => refine({ ...state, filters })}
            />
            <Breakdown
              by={state.by}
              events={events}
              onChange={(by) => refine({ ...state, by, open: null })}
            />
            <div class="share">
              <Copy text={location.href} label="Copy link to this question" />
            </div>
          </form>
        </details>
        <div class="outcome">{result}</div>
      </div>
    </>
  );
}

export function TrendPage({ state }: { state: TrendState }) {
  return (
    <Bench
      title="Trend"
      state={state}
      events={state.events}
      builder={
        <>
          <Rows
            legend="Events"
            item="Event"
            rows={state.events}
            most={MAX_EVENTS}
            least={1}
            onChange={(events) => refine({ ...state, events, open: null })}
          />
          <MeasureFields
            state={state}
            onChange={(measure, property) => refine({ ...state, measure, property, open: null })}
          />
        </>
      }
      result={
        state.events.length > 0 ? (
          <TrendReport
            state={state}
            heading="Trend"
            height={360}
            tools={<TrendTools state={state} />}
          />
        ) : (
          <Notice title="Choose an event">
            <p>A trend shows how often something happens. Add an event to begin.</p>
          </Notice>
        )
      }
    />
  );
}

function TrendTools({ state }: { state: TrendState }) {
  const bounded = state.range !== 'all';
  return (
    <div class="toolbar">
      <RangeBar {...state} onChange={(when) => refine({ ...state, ...when })} />
      <Select
        label="Interval"
        bare
        value={state.interval}
        options={[
          ['auto', 'Auto interval'],
          ['hour', 'By hour'],
          ['day', 'By day'],
          ['week', 'By week'],
          ['month', 'By month'],
        ]}
        onChange={(interval) => refine({ ...state, interval })}
      />
      <button
        type="button"
        aria-pressed={state.compare && bounded}
        disabled={!bounded}
        title={bounded ? undefined : 'All time has no period before it'}
        onClick={() => refine({ ...state, compare: !state.compare })}
      >
        Compare<span class="sr"> to the period before</span>
      </button>
      <Segmented
        label="Chart"
        value={state.view}
        options={[
          ['line', 'Lines'],
          ['column', 'Columns'],
          ['bar', 'Ranking'],
        ]}
        onChange={(view) => refine({ ...state, view })}
      />
    </div>
  );
}

const WINDOWS: readonly (readonly [string, string])[] = [
  ['1h', '1 hour'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['14d', '14 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
];

export function FunnelPage({ state }: { state: FunnelState }) {
  const known = WINDOWS.some(([key]) => key === state.window);
  const windows = known ? WINDOWS : [...WINDOWS, [state.window, state.window] as const];
  return (
    <Bench
      title="Funnel"
      state={state}
      events={state.steps}
      builder={
        <>
          <Rows
            legend="Steps"
            item="Step"
            rows={state.steps}
            most={MAX_STEPS}
            least={2}
            movable
            onChange={(steps) => refine({ ...state, steps, open: null })}
          />
          <Group legend="Conversion">
            <Select
              label="All steps within"
              value={state.window}
              options={windows}
              onChange={(window) => refine({ ...state, window })}
            />
            <Select
              label="Order"
              value={state.order}
              options={[
                ['ordered', 'in this order, others between'],
                ['strict', 'in this order, nothing between'],
                ['any', 'in any order'],
              ]}
              onChange={(order) => refine({ ...state, order })}
            />
            <Select
              label="Who enters several times counts from"
              value={state.reentry}
              options={[
                ['first', 'the first entry'],
                ['best', 'the entry that gets furthest'],
              ]}
              onChange={(reentry) => refine({ ...state, reentry })}
            />
          </Group>
        </>
      }
      result={
        <FunnelReport
          state={state}
          heading="Funnel"
          tools={
            <div class="toolbar">
              <RangeBar {...state} onChange={(when) => refine({ ...state, ...when })} />
            </div>
          }
        />
      }
    />
  );
}

export function RetentionPage({ state }: { state: RetentionState }) {
  const events = [state.birth, state.back].filter((name) => name !== ANY_EVENT);
  return (
    <Bench
      title="Retention"
      state={state}
      events={events}
      builder={<RetentionFields state={state} />}
      result={
        <RetentionReport
          state={state}
          heading="Retention"
          tools={
            <div class="toolbar">
              <RangeBar {...state} onChange={(when) => refine({ ...state, ...when })} />
              <Segmented
                label="Counted in"
                value={state.unit}
                options={[
                  ['day', 'Days'],
                  ['week', 'Weeks'],
                  ['month', 'Months'],
                ]}
                onChange={(unit) => refine({ ...state, unit, open: null })}
              />
            </div>
          }
        />
      }
    />
  );
}

function RetentionFields({ state }: { state: RetentionState }) {
  const names = start.value?.names ?? [];
  return (
    <>
      <Group legend="Users begin with">
        <EventSelect
          label="Users begin with"
          value={state.birth}
          names={names}
          any
          onChange={(birth) => refine({ ...state, birth, open: null })}
        />
      </Group>
      <Group legend="and come back with">
        <EventSelect
          label="and come back with"
          value={state.back}
          names={names}
          any
          onChange={(back) => refine({ ...state, back, open: null })}
        />
      </Group>
      <Group legend="Counting">
        <Select
          label={`Came back in a ${state.unit} means`}
          value={state.criteria}
          options={[
            ['on', `in that ${state.unit}`],
            ['on_or_after', `in that ${state.unit} or later`],
          ]}
          onChange={(criteria) => refine({ ...state, criteria })}
        />
        <Select
          label="A user begins with"
          value={state.births}
          options={[
            ['first', 'the first event in the range'],
            ['first_ever', 'the first event ever'],
          ]}
          onChange={(births) => refine({ ...state, births, open: null })}
        />
      </Group>
    </>
  );
}
