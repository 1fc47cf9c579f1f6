import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface Props {
  summary: string;
  children: () => ComponentChildren;
}

/** Something that is made when it is opened, not before. */
export function Disclosure({ summary, children }: Props) {
  const open = useSignal(false);
  return (
    <details
      class="behind"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>{summary}</summary>
      {open.value && children()}
    </details>
  );
}
