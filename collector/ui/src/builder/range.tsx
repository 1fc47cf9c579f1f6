import { useId } from 'preact/hooks';
import { Select } from '../kit/fields.tsx';
import { Popup } from '../kit/popup.tsx';
import { Segmented } from '../kit/segmented.tsx';
import type { Range } from '../state/route.ts';
import { start } from '../state/start.ts';
import { brief, shifted, today } from '../text/dates.ts';

interface Props {
  range: Range;
  timezone: string;
  onChange: (when: { range?: Range; timezone?: string }) => void;
}

type Preset = '1d' | '7d' | '28d' | '90d' | 'all' | 'other';

const PRESETS: readonly (readonly [Preset, string, string?])[] = [
  ['1d', 'Today'],
  ['7d', '7d', 'the last 7 days'],
  ['28d', '28d', 'the last 28 days'],
  ['90d', '90d', 'the last 90 days'],
  ['all', 'All', 'of time'],
];

/** The days a report covers, and the time zone that decides where they begin. */
export function RangeBar({ range, timezone, onChange }: Props) {
  const preset = PRESETS.find(([key]) => key === range)?.[0] ?? 'other';
  return (
    <div class="range">
      <Segmented
        label="Range"
        value={preset}
        options={PRESETS}
        onChange={(key) => key !== 'other' && onChange({ range: key })}
      />
      <Popup
        pressed={preset === 'other'}
        content={() => <Days range={range} timezone={timezone} onChange={onChange} />}
      >
        {preset === 'other' ? `${named(range)} · ` : 'Custom · '}
        {timezone}
        <span class="sr">: other days or another time zone, now {named(range)}</span>
      </Popup>
    </div>
  );
}

function named(range: Range): string {
  const [from, to] = range.split('..');
  if (from !== undefined && to !== undefined) return `${brief(from, 'day')} – ${brief(to, 'day')}`;
  return range === 'all' ? 'all time' : `last ${Number.parseInt(range, 10)} days`;
}

function Days({ range, timezone, onChange }: Props) {
  const id = useId();
  const [from, to] = range.includes('..') ? range.split('..') : suggested(range, timezone);
  const set = (first: string, last: string): void => {
    if (first && last && first <= last) onChange({ range: `${first}..${last}` });
  };
  return (
    <>
      <div class="days">
        <div class="field">
          <label for={`${id}-from`}>From</label>
          <input
            id={`${id}-from`}
            type="date"
            value={from}
            max={to}
            onChange={(event) => set(event.currentTarget.value, to ?? '')}
          />
        </div>
        <div class="field">
          <label for={`${id}-to`}>To (included)</label>
          <input
            id={`${id}-to`}
            type="date"
            value={to}
            min={from}
            onChange={(event) => set(from ?? '', event.currentTarget.value)}
          />
        </div>
      </div>
      <Select
        label="Days begin at midnight in"
        value={timezone}
        options={zones(timezone).map((zone): [string, string] => [zone, zone])}
        onChange={(zone) => onChange({ timezone: zone })}
      />
    </>
  );
}

/** Every zone this browser knows, the reader's own first. */
function zones(chosen: string): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set(['UTC', own, chosen, ...Intl.supportedValuesOf('timeZone')])];
}

/** The days of a preset, or the last four weeks that hold events, to begin with. */
function suggested(range: Range, timezone: string): [string, string] {
  const days = range === 'all' ? 28 : Number.parseInt(range, 10);
  const last = range === 'all' ? (start.value?.last_ts ?? Date.now()) : Date.now();
  const day = today(timezone, last);
  return [shifted(day, 1 - days), day];
}
