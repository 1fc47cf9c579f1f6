/** Something that can be chosen: what it is, how it reads, and what to know of it. */
export interface Option {
  key: string;
  text: string;
  hint?: string;
}

/** Return the options a typed text means: those that begin with it, then those that hold it. */
export function matching(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return [...options];
  const places = options.map((option) => ({
    option,
    at: option.text.toLowerCase().indexOf(wanted),
  }));
  const found = places.filter((one) => one.at >= 0);
  found.sort((a, b) => Number(a.at > 0) - Number(b.at > 0));
  return found.map((one) => one.option);
}
