import { type Json, joined, parted } from './parts.ts';

/** A number that is opened to its people: where it stands in its report. */
export type Cell =
  | { report: 'trends'; series: number; at: string | null; by: Json[] }
  | { report: 'funnel'; step: number; state: 'reached' | 'dropped'; by: Json[] }
  | { report: 'retention'; cohort: string; bucket: number | null; by: Json[] };

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Write a cell for the address: `trends~0~2024-03-01~ios`. */
export function writeCell(cell: Cell): string {
  switch (cell.report) {
    case 'trends':
      return joined(['trends', cell.series, cell.at, ...cell.by]);
    case 'funnel':
      return joined(['funnel', cell.step, cell.state, ...cell.by]);
    case 'retention':
      return joined(['retention', cell.cohort, cell.bucket, ...cell.by]);
  }
}

/** Read a cell from the address, null when it is none. */
export function readCell(text: string | null): Cell | null {
  if (text === null) return null;
  const [report, first, second, ...by] = parted(text);
  if (report === 'trends' && isPlace(first) && (second === null || typeof second === 'string')) {
    return { report, series: first, at: second, by };
  }
  if (report === 'funnel' && isPlace(first) && (second === 'reached' || second === 'dropped')) {
    return { report, step: first, state: second, by };
  }
  if (report === 'retention' && typeof first === 'string' && DAY.test(first)) {
    if (second === null || isPlace(second)) return { report, cohort: first, bucket: second, by };
  }
  return null;
}

function isPlace(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
