import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { number } from '../text/numbers.ts';
import { matching, type Option } from './options.ts';

interface Props {
  label: string;
  /** What stands in the field while nothing is typed. */
  value: string;
  options: readonly Option[];
  placeholder?: string;
  onChoose: (key: string) => void;
  /** Take a text that is no option; without it only options can be chosen. */
  onText?: (text: string) => void;
  /** Whether a typed text is taken when the field is left, too. */
  eager?: boolean;
  /** Whether the choice empties the field for the next one. */
  collects?: boolean;
}

const MOST = 100;
const AS_TYPED = 'as typed';

/** A field to choose one of many by typing a part of it (the ARIA practices' combobox). */
export function Combobox(props: Props) {
  const { label, value, options, placeholder, onChoose, onText, eager, collects = false } = props;
  const id = useId();
  const open = useSignal(false);
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const field = useRef<HTMLInputElement>(null);
  const found = open.value ? matching(options, typed.value ?? '') : [];
  const listed = [...found.slice(0, MOST), ...asTyped(props, typed.value)];

  const show = (): void => {
    if (open.value) return;
    open.value = true;
    active.value = Math.max(
      0,
      options.findIndex((one) => one.text === value),
    );
  };
  const close = (): void => {
    open.value = false;
    typed.value = null;
  };
  const choose = (option: Option): void => {
    close();
    if (option.hint === AS_TYPED) onText?.(option.key);
    else onChoose(option.key);
    // The field keeps the focus: what was chosen stands there to be typed over.
    if (!collects) requestAnimationFrame(() => field.current?.select());
  };
  const leave = (): void => {
    const text = typed.value?.trim() ?? '';
    const exact = options.find((one) => one.text === text);
    close();
    if (text === '') return;
    if (exact) onChoose(exact.key);
    else if (eager) onText?.(text);
  };
  const move = (by: number): void => {
    if (open.value) {
      active.value = (active.value + by + listed.length) % Math.max(1, listed.length);
    } else show();
  };
  const chosen = (): void => {
    const option = listed[active.value];
    if (option) choose(option);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && open.value) chosen();
    else if (event.key === 'Escape' && open.value) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="combobox">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={open.value}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={
          open.value && listed.length > 0 ? `${id}-${active.value}` : undefined
        }
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={typed.value ?? value}
        onClick={(event) => {
          if (!open.value) event.currentTarget.select();
          show();
        }}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          open.value = true;
          active.value = 0;
        }}
        onKeyDown={key}
        onBlur={leave}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={`Choices: ${label}`}
        class="options"
        hidden={!open.value || (listed.length === 0 && onText !== undefined)}
      >
        {listed.map((option, index) => (
          <Row
            key={option.key}
            id={`${id}-${index}`}
            option={option}
            active={index === active.value}
            onChoose={() => choose(option)}
          />
        ))}
        {open.value && listed.length === 0 && (
          <p role="presentation" class="aside">
            Nothing is named so.
          </p>
        )}
        {found.length > MOST && (
          <p role="presentation" class="aside">
            {number(found.length - MOST)} more: type to find them.
          </p>
        )}
      </div>
    </div>
  );
}

/** Offer what is typed itself, unless it is one of the options. */
function asTyped({ options, onText }: Props, typed: string | null): Option[] {
  const text = typed?.trim() ?? '';
  if (onText === undefined || text === '') return [];
  const known = options.some((one) => one.text === text);
  return known ? [] : [{ key: text, text, hint: AS_TYPED }];
}

interface RowProps {
  id: string;
  option: Option;
  active: boolean;
  onChoose: () => void;
}

function Row({ id, option, active, onChoose }: RowProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: an active descendant has no focus of its own
    <div
      id={id}
      ref={row}
      role="option"
      aria-selected={active}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <bdi>{option.text}</bdi>
      {option.hint !== undefined && <span class="aside">{option.hint}</span>}
    </div>
  );
}
