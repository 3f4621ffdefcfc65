import type { Feature, FeatureCollection } from "geojson";

/** What the server's routes answer. Times are local ISO minutes; counts are scaled to the real population. */
export type CaseHead = { id: string; title: string; about: string; start: string; end: string; runnable?: boolean };
export type Place = {
  id: string;
  name: string;
  kind: string;
  parent: string | null;
  longitude: number | null;
  latitude: number | null;
  population: number | null;
};

export type Site = { id: string; name: string; kind: string; place: string; longitude: number | null; latitude: number | null };

export type WhatIf = { name: string; title: string; question: string; literature: string };
export type DocumentedRange = { low: number | null; high: number | null; source: string };
export type Named = { id: string; name: string };

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
export type CaseMap = {
  country: { extent: Extent; layers: Layers } | null;
  capital: { extent: Extent; centre?: Extent; layers: Layers } | null;
};

export type Parameter = {
  name: string;
  unit: string;
  low: number;
  high: number;
  default: number;
  prior?: string;
  source: string;
  text: string;
};

export type RunHead = {
  id: string;
  case: string;
  title: string;
  what_if: string | null;
  seed: number;
  scale: number;
  outcome: string;
  origin: "given" | "job";
};

export type Summary = {
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
};

export type Happening = { time: string; text: string; place: string | null; actor: string | null; quantity: number | null };

export type StoryLine = Partial<Pick<Happening, "place" | "actor" | "quantity">> & {
  time: string;
  kind: string;
  text: string;
  more?: number;
  documented: { time: string; text: string; source: string } | null;
};

export type NumberType = "u4" | "u2" | "u1" | "f4" | "i2" | "i4";
export type ArrayEntry = {
  name: string;
  dtype: NumberType;
  shape: number[];
  offset: number;
  unit?: string;
  scale?: number | null;
};

export type Manifest = {
  times: string[];
  n_steps: number;
  places: string[];
  sites: string[];
  nodes: { id: string; longitude: number | null; latitude: number | null }[];
  units: { id: string; name: string; side: string }[];
  members: Named[];
  capital_places: string[];
  arrays: ArrayEntry[];
};

export type ScoreLine = {
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
};

export type Interval = { q05: number | null; median: number | null; q95: number | null };
export type Band = { q05: (number | null)[]; median: (number | null)[]; q95: (number | null)[] };
export type Comparison = {
  totals: Record<string, { baseline: number | null; what_if: number | null; difference: Interval; n: number }>;
  dates?: Record<string, { baseline: string | null; what_if: string | null; difference: Interval; n: number }>;
  outcomes: Record<string, { baseline: number; what_if: number }>;
  series: Record<string, { times: string[]; baseline: Band; what_if: Band }>;
};

export type JobRequest = {
  case: string;
  what_if: string | null;
  set: Record<string, number>;
  seeds: [number, number];
  scale: number;
  baseline: boolean;
};

export type JobState = "queued" | "running" | "done" | "cancelled" | "failed";
export type JobRun = { seed: number; variant: string; id?: string | null; outcome?: string | null };
export type Job = {
  id: string;
  state: JobState;
  done: number;
  total: number;
  error: string | null;
  request: JobRequest;
  runs: JobRun[];
  comparison: Comparison | null;
};

export type Progress = { done: number; total: number; seconds_left: number | null; simulated_time: string | null };
