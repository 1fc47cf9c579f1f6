/** What the collector's API answers with, as far as the dashboard shows it. */

export interface EventName {
  name: string;
  count: number;
  users: number;
  last_ts: number;
}

export interface Start {
  project: string;
  write_key: string | null;
  stored: number;
  first_ts: number | null;
  last_ts: number | null;
  names: EventName[];
  more_names: number;
  first_steps: string[];
  version: string;
}

/** One stored event. `body` is the JSON text exactly as the log holds it. */
export interface Stored {
  pos: number;
  stream: string | null;
  seq: number | null;
  id: string | null;
  received_at: number;
  ts: number;
  body: string;
}

/** One refused event: what is wrong (`code`, `text`) and where (`path`, joined with dots). */
export interface Refused {
  pos: number;
  stream: string | null;
  seq: number | null;
  received_at: number;
  code: string;
  text: string;
  path: string;
  body: string;
}

interface Answer {
  sentence: string;
  semantics: Record<string, string>;
  from: string;
  to: string;
  timezone: string;
  rows_read: number;
  definition: string;
  as_of: { pos: number; at: string | null };
  notes?: string[];
}

export type Interval = 'hour' | 'day' | 'week' | 'month';

export interface Point {
  at: string;
  value: number | null;
  partial?: boolean;
}

export interface Series {
  name: string;
  points: Point[];
  total: number | null;
}

export interface TrendsAnswer extends Answer {
  report: 'trends';
  measure: string;
  interval: Interval;
  series: Series[];
}

export interface StepCount {
  event: string;
  count: number;
  step_conv_ratio: number | null;
  overall_conv_ratio: number | null;
  avg_time_s: number | null;
  median_time_s: number | null;
}

export interface FunnelAnswer extends Answer {
  report: 'funnel';
  window: string;
  steps: StepCount[];
  entered: number;
  converted: number;
  conversion: number | null;
  time_to_convert_s: { average: number | null; median: number | null; p90: number | null };
}

export interface RetentionCell {
  users: number;
  value: number | null;
  complete: boolean;
}

export interface RetentionAnswer extends Answer {
  report: 'retention';
  unit: 'day' | 'week' | 'month';
  buckets: [number, number][];
  cohorts: { at: string; size: number; cells: RetentionCell[] }[];
  averages: { cells: (number | null)[] }[];
}

export interface Person {
  user: string;
  events: number;
  first_ts: number;
  last_ts: number;
}

export interface People {
  people: Person[];
  count: number;
  nobody: number;
}

export interface PersonEvents {
  user: string;
  total: number;
  events: Stored[];
  next: number | null;
}
