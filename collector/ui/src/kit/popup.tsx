import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface Props {
  pressed: boolean;
  children: ComponentChildren;
  content: () => ComponentChildren;
}

/** A button with a small panel under it: Esc and whatever happens elsewhere close it. */
export function Popup({ pressed, children, content }: Props) {
  const id = useId();
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the controls inside arrive here
    <div
      class="popup"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open.value) return;
        event.stopPropagation();
        open.value = false;
        button.current?.focus();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !event.currentTarget.contains(to)) open.value = false;
      }}
    >
      <button
        ref={button}
        type="button"
        aria-pressed={pressed}
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {children}
      </button>
      <div id={id} class="popup-panel" hidden={!open.value}>
        {open.value && content()}
      </div>
      {open.value && (
        // biome-ignore lint/a11y/noStaticElementInteractions: Esc and Tab do the same by keyboard
        // biome-ignore lint/a11y/useKeyWithClickEvents: Esc and Tab do the same by keyboard
        <div
          class="popup-outside"
          onClick={() => {
            open.value = false;
          }}
        />
      )}
    </div>
  );
}
