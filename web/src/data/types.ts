import type { Feature, FeatureCollection } from "geojson";

/** What the server's routes answer. Times are local ISO minutes; counts are scaled to the real population. */
export interface CaseHead {
  id: string;
  title: string;
  about: string;
  start: string;
  end: string;
  runnable?: boolean;
}

export interface Place {
  id: string;
  name: string;
  kind: string;
  parent: string | null;
  longitude: number | null;
  latitude: number | null;
  population: number | null;
}

export interface Site {
  id: string;
  name: string;
  kind: string;
  place: string;
  longitude: number | null;
  latitude: number | null;
}

export interface WhatIf {
  name: string;
  title: string;
  question: string;
  literature: string;
}

export interface DocumentedRange {
  low: number | null;
  high: number | null;
  source: string;
}

export interface Named {
  id: string;
  name: string;
}

export interface Case extends CaseHead {
  capital: string;
  hegemon: string;
  government: string;
  population: number;
  places: Place[];
  sites: Site[];
  demands: { id: string; text: string; order: number }[];
  members: Named[];
  whatifs: WhatIf[];
  sources: { id: string; text: string; url: string | null }[];
  counters_documented: Record<string, DocumentedRange>;
}

/** West, south, east, north in degrees. */
export type Extent = [number, number, number, number];
export type Layers = Record<string, FeatureCollection>;
export type { Feature };

export interface CaseMap {
  country: { extent: Extent; layers: Layers } | null;
  capital: { extent: Extent; centre?: Extent; layers: Layers } | null;
}

export interface Parameter {
  name: string;
  unit: string;
  low: number;
  high: number;
  default: number;
  prior?: string;
  source: string;
  text: string;
}

export interface RunHead {
  id: string;
  case: string;
  title: string;
  what_if: string | null;
  seed: number;
  scale: number;
  outcome: string;
  origin: "given" | "job";
}

export interface Summary {
  case: string;
  what_if: string | null;
  seed: number;
  scale: number;
  people: number;
  outcome: string;
  result_digest: string;
  version: string;
  totals: Record<string, number | string | null>;
  dates: Record<string, string | null>;
  score?: { inside: number; all: number } | null;
}

export interface StoryLine {
  time: string;
  kind: string;
  text: string;
  more?: number;
  actor?: string | null;
  place?: string | null;
  quantity?: number | null;
  documented: { time: string; text: string; source: string } | null;
}

export type NumberType = "u4" | "u2" | "u1" | "f4" | "i2" | "i4";

export interface ArrayEntry {
  name: string;
  dtype: NumberType;
  shape: number[];
  offset: number;
  unit?: string;
  scale?: number | null;
}

export interface Manifest {
  times: string[];
  n_steps: number;
  places: string[];
  sites: string[];
  nodes: { id: string; longitude: number | null; latitude: number | null }[];
  units: { id: string; name: string; side: string }[];
  members: Named[];
  capital_places: string[];
  arrays: ArrayEntry[];
}

export interface ScoreLine {
  target: string;
  pattern: string;
  text: string;
  unit: string;
  set: string;
  inside: boolean;
  miss: number | null;
  source: string;
  on_record?: string;
  simulated?: string;
}

export interface Interval {
  q05: number | null;
  median: number | null;
  q95: number | null;
}

export interface Band {
  q05: (number | null)[];
  median: (number | null)[];
  q95: (number | null)[];
}

export interface Comparison {
  totals: Record<string, { baseline: number | null; what_if: number | null; difference: Interval; n: number }>;
  dates?: Record<string, { baseline: string | null; what_if: string | null; difference: Interval; n: number }>;
  outcomes: Record<string, { baseline: number; what_if: number }>;
  series: Record<string, { times: string[]; baseline: Band; what_if: Band }>;
}

export interface JobRequest {
  case: string;
  what_if: string | null;
  set: Record<string, number>;
  seeds: [number, number];
  scale: number;
  baseline: boolean;
}

export type JobState = "queued" | "running" | "done" | "cancelled" | "failed";

export interface JobRun {
  seed: number;
  variant: string;
  id?: string | null;
  outcome?: string | null;
}

export interface Job {
  id: string;
  state: JobState;
  done: number;
  total: number;
  error: string | null;
  request: JobRequest;
  runs: JobRun[];
  comparison: Comparison | null;
}

export interface Progress {
  done: number;
  total: number;
  seconds_left: number | null;
  simulated_time: string | null;
}
