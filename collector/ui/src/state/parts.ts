/** What JSON can hold: values of properties may be any of it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Write values as one readable text: `platform~is~ios`, `amount~gt~5`, `zip~is~"01234"`. */
export function joined(values: readonly Json[]): string {
  return values.map(written).join('~');
}

/** Read what `joined` has written. */
export function parted(text: string): Json[] {
  return text.split('~').map(read);
}

/** A text stands as it is, unless it would be read as something else. */
function written(value: Json): string {
  const plain = typeof value === 'string' && value !== '' && parsed(value) === undefined;
  const text = plain ? value : JSON.stringify(value);
  return text.replaceAll('%', '%25').replaceAll('~', '%7E');
}

function read(part: string): Json {
  const text = part.replaceAll('%7E', '~').replaceAll('%25', '%');
  return parsed(text) ?? (text === 'null' ? null : text);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
