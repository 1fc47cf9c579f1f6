import { EventSelect, Group } from '../kit/fields.tsx';
import { start } from '../state/start.ts';

interface Props {
  legend: string;
  item: string;
  rows: readonly string[];
  most: number;
  least: number;
  movable?: boolean;
  onChange: (rows: string[]) => void;
}

/** A list of events to choose, to add to, to take from and, where order matters, to move. */
export function Rows({ legend, item, rows, most, least, movable = false, onChange }: Props) {
  const names = start.value?.names ?? [];
  const put = (index: number, name: string): void =>
    onChange(rows.map((one, place) => (place === index ? name : one)));
  const swap = (index: number, other: number): void => {
    const moved = [...rows];
    [moved[index], moved[other]] = [rows[other] ?? '', rows[index] ?? ''];
    onChange(moved);
  };
  const unused = names.find((one) => !rows.includes(one.name)) ?? names[0];
  return (
    <Group legend={legend}>
      <ol class="rows">
        {rows.map((name, index) => (
          <li key={index}>
            <span class="badge" aria-hidden="true">
              {movable ? index + 1 : String.fromCharCode(65 + index)}
            </span>
            <EventSelect
              label={`${item} ${index + 1}`}
              value={name}
              names={names}
              onChange={(chosen) => put(index, chosen)}
            />
            <span class="row-tools">
              {movable && (
                <>
                  <Tool
                    sign="↑"
                    label={`Move step ${index + 1} up`}
                    off={index === 0}
                    onClick={() => swap(index, index - 1)}
                  />
                  <Tool
                    sign="↓"
                    label={`Move step ${index + 1} down`}
                    off={index === rows.length - 1}
                    onClick={() => swap(index, index + 1)}
                  />
                </>
              )}
              <Tool
                sign="×"
                label={`Remove ${item.toLowerCase()} ${index + 1}`}
                off={rows.length <= least}
                onClick={() => onChange(rows.filter((_, place) => place !== index))}
              />
            </span>
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="add"
        disabled={rows.length >= most || unused === undefined}
        onClick={() => unused && onChange([...rows, unused.name])}
      >
        + Add {item.toLowerCase()}
      </button>
    </Group>
  );
}

interface ToolProps {
  sign: string;
  label: string;
  off?: boolean;
  onClick: () => void;
}

/** A small button beside a row. */
export function Tool({ sign, label, off = false, onClick }: ToolProps) {
  return (
    <button type="button" class="tool" aria-label={label} disabled={off} onClick={onClick}>
      {sign}
    </button>
  );
}
