import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Notice } from '../kit/notice.tsx';
import { Foreign } from '../kit/text.tsx';
import { address, go } from '../state/location.ts';
import type { ReportState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { longDay, today } from '../text/dates.ts';
import { counted } from '../text/numbers.ts';

interface Props {
  state: ReportState;
  /** Events that are there and have no number to be measured. */
  ignored?: number;
}

/** Nothing to draw: filtered out, none in the range, or none at all; and what repairs it. */
export function NothingThere({ state, ignored = 0 }: Props) {
  if (ignored > 0 && state.page === 'trend') {
    return (
      <Notice title="No numbers to measure">
        <p>
          {counted(ignored, 'event')} in this range, and none has a number in{' '}
          <Foreign text={state.property} limit={60} />. Choose another property, or count the
          events.
        </p>
        <Repair to={{ ...state, measure: 'total', property: '', open: null }}>
          Count the events
        </Repair>
      </Notice>
    );
  }
  if (state.filters.length > 0) {
    return (
      <Notice title="Nothing passes the filter">
        <p>There may be such events, but none that fits every condition in this range.</p>
        <Repair to={{ ...state, filters: [], open: null }}>Remove the filter</Repair>
      </Notice>
    );
  }
  if (state.range === 'all') {
    return (
      <Notice title="No such event yet">
        <p>None of the events asked for has arrived. Choose others, or send one.</p>
        <Repair to={{ page: 'send' }}>How to send events</Repair>
      </Notice>
    );
  }
  const { first, last } = extent();
  return (
    <Notice title="Nothing in this range">
      {first !== null && last !== null && (
        <p>
          Your events lie between {longDay(today(state.timezone, first))} and{' '}
          {longDay(today(state.timezone, last))}.
        </p>
      )}
      <Repair to={{ ...state, range: 'all', open: null }}>Show all time</Repair>
    </Notice>
  );
}

function Repair({ to, children }: { to: Parameters<typeof go>[0]; children: string }) {
  return (
    <p>
      <a
        href={address(to)}
        onClick={(event) => {
          event.preventDefault();
          go(to);
        }}
      >
        {children}
      </a>
    </p>
  );
}

/** A funnel that has fewer than two steps yet. */
export function OneMoreStep({ heading, edit }: { heading: string; edit?: ComponentChildren }) {
  const id = useId();
  return (
    <section class="card report" aria-labelledby={id}>
      <header>
        <h2 id={id}>{heading}</h2>
        {edit}
      </header>
      <Notice title="A funnel needs two different events">
        <p>Send a second kind of event, or choose the steps: how many get from one to the next?</p>
      </Notice>
    </section>
  );
}
