import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Notice } from '../kit/notice.tsx';
import { address, go } from '../state/location.ts';
import type { FunnelState, RetentionState, TrendState } from '../state/route.ts';
import { extent } from '../state/start.ts';
import { longDay, today } from '../text/dates.ts';

interface Props {
  state: TrendState | FunnelState | RetentionState;
}

/** Nothing to draw: none in the range, or none at all; with the one thing that repairs it. */
export function NothingThere({ state }: Props) {
  if (state.range === 'all') {
    return (
      <Notice title="No such event yet">
        <p>None of the events asked for has arrived. Choose others on the left, or send one.</p>
      </Notice>
    );
  }
  const { first, last } = extent();
  const everything = { ...state, range: 'all' as const };
  return (
    <Notice title="Nothing in this range">
      {first !== null && last !== null && (
        <p>
          Your events lie between {longDay(today(state.timezone, first))} and{' '}
          {longDay(today(state.timezone, last))}.
        </p>
      )}
      <p>
        <a
          href={address(everything)}
          onClick={(event) => {
            event.preventDefault();
            go(everything);
          }}
        >
          Show all time
        </a>
      </p>
    </Notice>
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
