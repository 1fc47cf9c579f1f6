import type { ComponentChildren } from 'preact';

interface Props {
  kind: 'scroll' | 'code';
  label: string;
  children: ComponentChildren;
}

/** A part that may scroll by itself: a stop of the Tab key, so that the arrow keys reach it. */
export function Scroll({ kind, label, children }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups controls, this groups what is read
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class={kind} role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  );
}
