import type { Stored } from '../api/types.ts';
import { RawRecord } from '../kit/record.tsx';
import { Foreign } from '../kit/text.tsx';
import { instant } from '../text/dates.ts';
import { number } from '../text/numbers.ts';

/** Everything the log holds of one event. */
export function StoredRecord({ event, timezone }: { event: Stored; timezone: string }) {
  return (
    <div class="stored-record">
      <dl class="facts small">
        <Fact name="Happened" value={`${instant(event.ts, timezone)} (${timezone})`} />
        <Fact name="Received" value={`${instant(event.received_at, timezone)}`} />
        <Fact name="Position in the log" value={number(event.pos)} />
        {event.seq !== null && <Fact name="Number in its stream" value={number(event.seq)} />}
        {event.stream !== null && <Fact name="Stream" value={event.stream} />}
        {event.id !== null && <Fact name="Id" value={event.id} />}
      </dl>
      <RawRecord body={event.body} label="Raw record" />
    </div>
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
