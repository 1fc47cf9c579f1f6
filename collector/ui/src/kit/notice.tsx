import type { ComponentChildren } from 'preact';

interface Props {
  title: string;
  children?: ComponentChildren;
  tone?: 'plain' | 'bad';
}

/** What to know when there is nothing to show: what is the case, why, and what to do. */
export function Notice({ title, children, tone = 'plain' }: Props) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}
