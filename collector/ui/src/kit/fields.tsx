import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { EventName } from '../api/types.ts';
import { ANY_EVENT } from '../state/route.ts';
import { number } from '../text/numbers.ts';
import { shortened, shown } from '../text/shown.ts';
import { Combobox } from './combobox.tsx';
import type { Option } from './options.ts';

interface SelectProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  /** Whether the label is only spoken: what is chosen says enough. */
  bare?: boolean;
  onChange: (value: T) => void;
}

/** A labelled choice of one of a few. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, value, options, bare = false, onChange } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={bare ? 'sr' : undefined}>
        {label}
      </label>
      <span class="select">
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {options.map(([key, text]) => (
            <option key={key} value={key} selected={key === value}>
              {text}
            </option>
          ))}
        </select>
      </span>
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

const ANY: Option = { key: ANY_EVENT, text: 'Any event' };

/** A choice of one event name; one that has not been seen yet stays what it is. */
export function EventSelect({ label, value, names, any = false, onChange }: EventProps) {
  const known = names.map((one) => ({
    key: one.name,
    text: shortened(shown(one.name), 60),
    hint: number(one.count),
  }));
  return (
    <Combobox
      label={label}
      value={value === ANY_EVENT ? ANY.text : shortened(shown(value), 60)}
      options={any ? [ANY, ...known] : known}
      onChoose={onChange}
    />
  );
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
