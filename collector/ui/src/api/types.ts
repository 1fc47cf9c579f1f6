/** What the collector's API answers with, as far as the dashboard shows it. */
import type { Scalar } from '../state/conditions.ts';
import type { Json } from '../state/parts.ts';

export interface EventName {
  name: string;
  count: number;
  users: number;
  last_ts: number;
}

export interface Start {
  project: string;
  projects: { name: string; stored: number }[];
  write_key: string | null;
  stored: number;
  first_ts: number | null;
  last_ts: number | null;
  names: EventName[];
  more_names: number;
  first_steps: string[];
  version: string;
}

/** A property of the project's events, with the values it has most. */
export interface Property {
  name: string;
  count: number;
  numbers: number;
  events: string[];
  values: { value: Scalar; count: number }[];
  more_values: number;
}

/** The values of one segment of a breakdown, by the names of its properties. */
export type By = Record<string, Json>;

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
  by?: By;
  points: Point[];
  total: number | null;
  ignored?: number;
  previous?: { points: Point[]; total: number | null };
}

export interface TrendsAnswer extends Answer {
  report: 'trends';
  measure: string;
  interval: Interval;
  series: Series[];
  previous?: { from: string; to: string };
}

export interface StepCount {
  event: string;
  count: number;
  step_conv_ratio: number | null;
  overall_conv_ratio: number | null;
  avg_time_s: number | null;
  median_time_s: number | null;
}

/** The steps of one funnel, or of one segment of it. */
export interface FunnelSteps {
  by?: By;
  steps: StepCount[];
  entered: number;
  converted: number;
  conversion: number | null;
  time_to_convert_s: { average: number | null; median: number | null; p90: number | null };
  significance?: { p: number; p_adjusted: number; significant: boolean };
}

export interface FunnelAnswer extends Answer, Partial<FunnelSteps> {
  report: 'funnel';
  window: string;
  segments?: FunnelSteps[];
}

export interface RetentionCell {
  users: number;
  value: number | null;
  complete: boolean;
}

export interface Cohort {
  at: string;
  by?: By;
  size: number;
  cells: RetentionCell[];
}

export interface RetentionAnswer extends Answer {
  report: 'retention';
  unit: 'day' | 'week' | 'month';
  buckets: [number, number][];
  cohorts: Cohort[];
  averages: { by?: By; cells: (number | null)[] }[];
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
