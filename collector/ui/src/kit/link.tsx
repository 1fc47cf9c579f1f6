import type { ComponentChildren } from 'preact';
import { address, go } from '../state/location.ts';
import type { Route } from '../state/route.ts';

interface Props {
  to: Route;
  current?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** A link inside the dashboard: a real address, followed without loading the page anew. */
export function Link({ to, current, class: kind, children }: Props) {
  return (
    <a
      href={address(to)}
      class={kind}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
