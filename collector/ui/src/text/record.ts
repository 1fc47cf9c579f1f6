/** One line of a record as the page shows it; `marked` lines are at fault. */
export interface Line {
  text: string;
  marked: boolean;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Write JSON over several lines and mark those at *path* (keys and indexes joined with dots, as a
 * verdict names them). Text that is not JSON comes back as one line. A path that leads to nothing
 * marks the nearest thing around it.
 */
export function recordLines(body: string, path: string | null): Line[] {
  let value: Json;
  try {
    value = JSON.parse(body) as Json;
  } catch {
    return [{ text: body, marked: path !== null }];
  }
  const lines: (Line & { at: string })[] = [];
  write(value, '', '', '', lines);
  const fault = path === null ? null : nearest(path, new Set(lines.map((line) => line.at)));
  return lines.map(({ text, at }) => ({
    text,
    marked: fault !== null && fault !== '' && (at === fault || at.startsWith(`${fault}.`)),
  }));
}

function write(
  value: Json,
  at: string,
  lead: string,
  tail: string,
  lines: (Line & { at: string })[],
): void {
  const put = (text: string, place = at): void => {
    lines.push({ text, at: place, marked: false });
  };
  const indent = lead.match(/^ */)?.[0] ?? '';
  const parts = members(value);
  if (parts === null || parts.length === 0) {
    put(`${lead}${JSON.stringify(value)}${tail}`);
    return;
  }
  const list = Array.isArray(value);
  put(`${lead}${list ? '[' : '{'}`);
  parts.forEach(([key, part], index) => {
    const name = list ? '' : `${JSON.stringify(key)}: `;
    const place = at === '' ? key : `${at}.${key}`;
    write(part, place, `${indent}  ${name}`, index < parts.length - 1 ? ',' : '', lines);
  });
  put(`${indent}${list ? ']' : '}'}${tail}`);
}

function members(value: Json): [string, Json][] | null {
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value);
}

/** Return the longest beginning of *path* that exists, '' for none. */
function nearest(path: string, known: ReadonlySet<string>): string {
  let rest = path;
  while (rest !== '' && !known.has(rest)) {
    const cut = rest.lastIndexOf('.');
    rest = cut < 0 ? '' : rest.slice(0, cut);
  }
  return rest;
}
