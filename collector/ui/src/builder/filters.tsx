import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Property } from '../api/types.ts';
import { Combobox } from '../kit/combobox.tsx';
import { Group, Select } from '../kit/fields.tsx';
import { Foreign } from '../kit/text.tsx';
import {
  type Condition,
  isComplete,
  MAX_CONDITIONS,
  type Operator,
  type Scalar,
  takes,
} from '../state/conditions.ts';
import { properties } from '../state/properties.ts';
import { valueName } from '../text/segment.ts';
import { shortened, shown } from '../text/shown.ts';
import { propertyOptions, typedValue, valueOptions } from './property.ts';
import { Tool } from './rows.tsx';

const WORDS: readonly (readonly [Operator, string])[] = [
  ['is', 'is'],
  ['is_not', 'is not'],
  ['contains', 'contains'],
  ['not_contains', 'does not contain'],
  ['gt', 'is more than'],
  ['gte', 'is at least'],
  ['lt', 'is less than'],
  ['lte', 'is at most'],
  ['set', 'is set'],
  ['not_set', 'is not set'],
];

interface Props {
  filters: readonly Condition[];
  events: readonly string[];
  onChange: (filters: Condition[]) => void;
}

/** Conditions that all must hold; one that is not finished yet asks nothing. */
export function Filters({ filters, events, onChange }: Props) {
  const drafts = useSignal<readonly Condition[]>(filters);
  const outside = JSON.stringify(filters);
  useEffect(() => {
    const complete = JSON.stringify(drafts.peek().filter(isComplete));
    if (complete !== outside) drafts.value = JSON.parse(outside) as Condition[];
  }, [outside, drafts]);
  const put = (changed: readonly Condition[]): void => {
    drafts.value = changed;
    onChange(changed.filter(isComplete));
  };
  return (
    <Group legend="Filter">
      {drafts.value.length > 0 && (
        <ol class="rows">
          {drafts.value.map((one, index) => (
            <ConditionRow
              key={index}
              place={index + 1}
              condition={one}
              events={events}
              onChange={(changed) =>
                put(drafts.value.map((other, place) => (place === index ? changed : other)))
              }
              onRemove={() => put(drafts.value.filter((_, place) => place !== index))}
            />
          ))}
        </ol>
      )}
      <button
        type="button"
        class="add"
        disabled={drafts.value.length >= MAX_CONDITIONS}
        onClick={() => put([...drafts.value, { property: '', op: 'is', values: [] }])}
      >
        + Add condition
      </button>
    </Group>
  );
}

interface RowProps {
  place: number;
  condition: Condition;
  events: readonly string[];
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function ConditionRow({ place, condition, events, onChange, onRemove }: RowProps) {
  const { property, op } = condition;
  const known = properties.value.find((one) => one.name === property);
  return (
    <li class="condition">
      <Combobox
        label={`Property of condition ${place}`}
        placeholder="Choose a property"
        value={shortened(shown(property), 60)}
        options={propertyOptions(properties.value, events)}
        onChoose={(name) => onChange({ property: name, op, values: [] })}
        onText={(name) => onChange({ property: name, op, values: [] })}
      />
      <Tool sign="×" label={`Remove condition ${place}`} onClick={onRemove} />
      <Select
        label={`Comparison of condition ${place}`}
        bare
        value={op}
        options={WORDS}
        onChange={(chosen) =>
          onChange({ ...condition, op: chosen, values: carried(condition, chosen) })
        }
      />
      {takes(op) !== 'none' && (
        <Values place={place} condition={condition} property={known} onChange={onChange} />
      )}
    </li>
  );
}

/** Keep the values an operator can use, when another one is chosen. */
function carried({ values }: Condition, op: Operator): Scalar[] {
  if (takes(op) === 'many') return values;
  if (takes(op) === 'none') return [];
  const [first] = values;
  if (first === undefined || first === null) return [];
  return [op === 'contains' || op === 'not_contains' ? String(first) : first];
}

interface ValuesProps {
  place: number;
  condition: Condition;
  property: Property | undefined;
  onChange: (condition: Condition) => void;
}

function Values({ place, condition, property, onChange }: ValuesProps) {
  const { op, values } = condition;
  const many = takes(op) === 'many';
  const text = op === 'contains' || op === 'not_contains';
  const add = (value: Scalar): void => {
    if (!many) onChange({ ...condition, values: [text ? String(value) : value] });
    else if (!values.includes(value)) onChange({ ...condition, values: [...values, value] });
  };
  const options = valueOptions(property);
  return (
    <div class="values">
      {many &&
        values.map((value) => (
          <button
            key={JSON.stringify(value)}
            type="button"
            class="chip"
            aria-label={`Remove the value ${shown(valueName(value))}`}
            onClick={() =>
              onChange({ ...condition, values: values.filter((one) => one !== value) })
            }
          >
            <Foreign text={valueName(value)} limit={24} /> ×
          </button>
        ))}
      <Combobox
        label={`Value of condition ${place}`}
        placeholder={many && values.length > 0 ? 'or …' : 'Value'}
        value={many || values[0] === undefined ? '' : shown(valueName(values[0]))}
        options={text ? [] : options.filter((one) => !values.includes(parsed(one.key)))}
        collects={many}
        eager
        onChoose={(key) => add(parsed(key))}
        onText={(typed) => add(text ? typed : typedValue(typed, property))}
      />
    </div>
  );
}

function parsed(key: string): Scalar {
  return JSON.parse(key) as Scalar;
}
