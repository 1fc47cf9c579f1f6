const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });
const share = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });
const grown = new Intl.NumberFormat('en-GB', {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
});
const wholeShare = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 0 });

/** Write a number out: `31,106`; what is not there is a dash. */
export function number(value: number | null): string {
  return value === null ? '–' : whole.format(value);
}

/** Write a number for an axis: `31.1K`. */
export function short(value: number): string {
  return compact.format(value);
}

/** Write a ratio as a percentage: 0.873 is `87.3%`. */
export function percent(ratio: number | null): string {
  return ratio === null ? '–' : share.format(ratio);
}

/** Write a ratio as a whole percentage, for tables of many. */
export function roughly(ratio: number | null): string {
  return ratio === null ? '–' : wholeShare.format(ratio);
}

/** Write how much something has grown or shrunk: `+12.5%`. */
export function change(ratio: number): string {
  return grown.format(ratio);
}

/** Write a number with its unit in the right number: `1 user`, `2 users`. */
export function counted(value: number, unit: string): string {
  return `${number(value)} ${value === 1 ? unit : `${unit}s`}`;
}

/** Write a duration in the two largest units that matter: `2 d 4 h`, `3 min 12 s`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [size, name] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(count > 0 ? `${count} ${name}` : '');
    if (parts.length === 2) break;
  }
  return parts.filter(Boolean).join(' ');
}
