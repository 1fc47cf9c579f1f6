import { signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'tallymark.theme';

/** The colours the reader has chosen on this machine. */
export const chosenTheme = signal<Theme>(remembered());

show(chosenTheme.value);

/** Change the colours, and remember it where the browser lets us. */
export function chooseTheme(theme: Theme): void {
  chosenTheme.value = theme;
  show(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

function remembered(): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
