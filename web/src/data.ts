// What the page shows, as studies/reports/study_json.cc writes it.

export type Value = number | string | boolean | null;
export type State = "RUNNING" | "COMPLETE" | "PRUNED" | "FAIL" | "WAITING";

export interface Attempt {
  attempt: number;
  state: string;
  worker: string;
  seconds: number | null;
  /** The most that it had, bytes. */
  memory: number | null;
  reason: string;
}

export interface Trial {
  number: number;
  state: State;
  values: (number | null)[];
  parameters: Record<string, Value>;
  /** Of one that waits: what is set already of that. */
  fixed?: Record<string, Value>;
  metrics: Record<string, Value | Value[] | object>;
  started: string;
  seconds: number | null;
  attempts: Attempt[];
}

export interface Objective {
  metric: string;
  direction: "MINIMIZE" | "MAXIMIZE";
}

export interface Parameter {
  name: string;
  log: boolean;
  categorical: boolean;
}

export interface Table {
  name: string;
  columns: string[];
  rows: Value[][];
}

export interface PlotData {
  tables: Table[];
  notes: string[];
}

export interface Study {
  name: string;
  finished: boolean;
  /** No trial of it is handed out. */
  stopped: boolean;
  budget: number;
  counts: { complete: number; pruned: number; failed: number; running: number; waiting: number };
  started: string;
  last_completed: string;
  seconds: number | null;
  seed: string | null;
  /** Of one objective: the best complete trial that keeps all constraints. */
  best: Trial | null;
  final: { trial: number; metrics: Record<string, number> } | null;
  objectives: Objective[];
  parameters: Parameter[];
  metrics: string[];
  /** By number. */
  trials: Trial[];
  notes: string[];
  plots: Record<string, PlotData>;
  /** Of a study that is watched: how many trials it has, which may be more than these. */
  all_trials?: number;
}

export interface PageData {
  written: string;
  studies: Study[];
}

/** null: the page is a dashboard, whose data come from the server. */
export function readPageData(): PageData | null {
  return JSON.parse(document.getElementById("data")?.textContent ?? "null") as PageData | null;
}

const noTable: Table = { name: "", columns: [], rows: [] };

/** A plot's table; empty when there is none. */
export function tableOf(study: Study, plot: string, table = 0): Table {
  return study.plots[plot]?.tables[table] ?? noTable;
}

/** The rows as objects with the columns' names. */
export function rowsOf<Row>(table: Table): Row[] {
  const { columns } = table;
  return table.rows.map((row) => {
    const made: Record<string, Value> = {};
    for (let i = 0; i < columns.length; ++i) made[columns[i] as string] = row[i] ?? null;
    return made as Row;
  });
}

/** Where the trial of this number stands among these, which are by number, or would stand. */
export function placeOf(trials: Trial[], number: number): number {
  let low = 0, high = trials.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((trials[middle] as Trial).number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Different values of one column, in the order in which they appear. */
/** What is there under a name, which may be any text: what all objects have ("constructor") is not. */
export function valueAt<Kept>(named: Record<string, Kept> | null | undefined, name: string): Kept | null {
  return named !== null && named !== undefined && Object.hasOwn(named, name) ? (named[name] ?? null) : null;
}

export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

/** In the order in which the keys appear. */
export function groupBy<T, Key>(values: T[], keyOf: (value: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

