interface Props<T extends string> {
  label: string;
  value: T;
  /** Key, what stands on the button, and what that is short for. */
  options: readonly (readonly [T, string, string?])[];
  onChange: (value: T) => void;
}

/** A choice of one of a few, all of them in sight. */
export function Segmented<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <fieldset class="segmented">
      <legend class="sr">{label}</legend>
      {options.map(([key, short, full]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>
          {short}
          {full !== undefined && <span class="sr">: {full}</span>}
        </button>
      ))}
    </fieldset>
  );
}
