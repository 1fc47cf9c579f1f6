import { recordLines } from '../text/record.ts';
import { shown } from '../text/shown.ts';
import { Copy } from './copy.tsx';
import { Scroll } from './scroll.tsx';

interface Props {
  body: string;
  path?: string | null;
  label: string;
}

/** A raw record, line by line, with the line at fault marked. */
export function RawRecord({ body, path = null, label }: Props) {
  const lines = recordLines(body, path);
  return (
    <div class="record">
      <Scroll kind="code" label={label}>
        <pre>
          {lines.map((line, index) => (
            <span key={index} class={line.marked ? 'record-line at-fault' : 'record-line'}>
              {line.marked && <span class="sr">at fault: </span>}
              <bdi>{shown(line.text)}</bdi>
              {'\n'}
            </span>
          ))}
        </pre>
      </Scroll>
      <Copy text={body} label="Copy record" />
    </div>
  );
}
