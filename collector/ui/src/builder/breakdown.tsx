import { Combobox } from '../kit/combobox.tsx';
import { Group } from '../kit/fields.tsx';
import { properties } from '../state/properties.ts';
import { MAX_BY } from '../state/route.ts';
import { shortened, shown } from '../text/shown.ts';
import { propertyOptions } from './property.ts';
import { Tool } from './rows.tsx';

interface Props {
  by: readonly string[];
  events: readonly string[];
  onChange: (by: string[]) => void;
}

/** The properties whose values split a report. */
export function Breakdown({ by, events, onChange }: Props) {
  const options = propertyOptions(properties.value, events).filter((one) => !by.includes(one.key));
  return (
    <Group legend="Break down by">
      {by.length > 0 && (
        <ol class="rows">
          {by.map((name, index) => (
            <li key={name}>
              <Combobox
                label={`Property of breakdown ${index + 1}`}
                value={shortened(shown(name), 60)}
                options={options}
                onChoose={(chosen) =>
                  onChange(by.map((one, place) => (place === index ? chosen : one)))
                }
              />
              <Tool
                sign="×"
                label={`Remove breakdown ${index + 1}`}
                onClick={() => onChange(by.filter((one) => one !== name))}
              />
            </li>
          ))}
        </ol>
      )}
      {by.length < MAX_BY && (
        <Combobox
          label="Add a breakdown"
          placeholder={by.length === 0 ? 'Choose a property' : 'and by …'}
          value=""
          options={options}
          collects
          onChoose={(name) => onChange([...by, name])}
          onText={(name) => {
            if (!by.includes(name)) onChange([...by, name]);
          }}
        />
      )}
    </Group>
  );
}
