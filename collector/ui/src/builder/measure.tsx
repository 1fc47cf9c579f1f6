import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Combobox } from '../kit/combobox.tsx';
import { Group, Select } from '../kit/fields.tsx';
import { properties } from '../state/properties.ts';
import { type Measure, needsProperty, type TrendState } from '../state/route.ts';
import { MEASURE_NAMES } from '../text/measures.ts';
import { shortened, shown } from '../text/shown.ts';
import { propertyOptions } from './property.ts';

interface Props {
  state: TrendState;
  onChange: (measure: Measure, property: string) => void;
}

/** What is counted; a measure of values is asked once its property is chosen. */
export function MeasureFields({ state, onChange }: Props) {
  const chosen = useSignal<Measure>(state.measure);
  useEffect(() => {
    chosen.value = state.measure;
  }, [state.measure, chosen]);
  const measure = chosen.value;
  const numeric = properties.value.filter((one) => measure === 'distinct' || one.numbers > 0);
  return (
    <Group legend="Measured as">
      <Select
        label="Measured as"
        bare
        value={measure}
        options={MEASURE_NAMES}
        onChange={(picked) => {
          chosen.value = picked;
          if (!needsProperty(picked)) onChange(picked, '');
          else if (state.property !== '') onChange(picked, state.property);
        }}
      />
      {needsProperty(measure) && (
        <Combobox
          label="Property that is measured"
          placeholder="Choose a property"
          value={shortened(shown(state.property), 60)}
          options={propertyOptions(numeric, state.events)}
          onChoose={(name) => onChange(measure, name)}
          onText={(name) => onChange(measure, name)}
        />
      )}
    </Group>
  );
}
