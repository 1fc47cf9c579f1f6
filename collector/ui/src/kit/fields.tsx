import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { EventName } from '../api/types.ts';
import { ANY_EVENT } from '../state/route.ts';
import { number } from '../text/numbers.ts';
import { shortened, shown } from '../text/shown.ts';

interface SelectProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** A labelled choice of one. */
export function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(([key, text]) => (
          <option key={key} value={key} selected={key === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface EventProps {
  label: string;
  value: string;
  names: readonly EventName[];
  any?: boolean;
  onChange: (name: string) => void;
}

/** A labelled choice of one event name; a name that has not been seen yet stays in the list. */
export function EventSelect({ label, value, names, any = false, onChange }: EventProps) {
  const known = names.map((one): [string, string] => [
    one.name,
    `${shortened(shown(one.name), 48)} (${number(one.count)})`,
  ]);
  const extra: [string, string][] = any ? [[ANY_EVENT, 'Any event']] : [];
  if (value !== ANY_EVENT && !names.some((one) => one.name === value)) {
    extra.push([value, `${shortened(shown(value), 48)} (none yet)`]);
  }
  return <Select label={label} value={value} options={[...extra, ...known]} onChange={onChange} />;
}

interface GroupProps {
  legend: string;
  children: ComponentChildren;
}

export function Group({ legend, children }: GroupProps) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {children}
    </fieldset>
  );
}
