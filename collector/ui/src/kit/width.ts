import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Return the width of an element in CSS pixels, followed as it changes. */
export function useWidth(element: RefObject<Element | null>, initial: number): number {
  const width = useSignal(initial);
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    width.value = target.clientWidth || initial;
    const watch = new ResizeObserver(() => {
      width.value = target.clientWidth || initial;
    });
    watch.observe(target);
    return () => watch.disconnect();
  }, [element, initial, width]);
  return width.value;
}
