import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface Props {
  label: string;
  tabs: { name: string; content: ComponentChildren }[];
}

/** Tabs as the ARIA practices have them: one stop of the Tab key, arrows between the tabs. */
export function Tabs({ label, tabs }: Props) {
  const chosen = useSignal(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const choose = (index: number): void => {
    chosen.value = (index + tabs.length) % tabs.length;
    const buttons = list.current?.querySelectorAll<HTMLElement>('[role=tab]');
    buttons?.[chosen.value]?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    const places: Record<string, number> = {
      ArrowRight: chosen.value + 1,
      ArrowLeft: chosen.value - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const to = places[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  };
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={key}>
        {tabs.map((tab, index) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            aria-controls={`${id}-panel`}
            aria-selected={index === chosen.value}
            tabIndex={index === chosen.value ? 0 : -1}
            onClick={() => choose(index)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${chosen.value}`}>
        {tabs[chosen.value]?.content}
      </div>
    </div>
  );
}
