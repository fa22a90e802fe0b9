// A plot of the page: from the numbers of a study to what ECharts draws. Pure but for `changed`.
import type { Ends, Option } from "../chart";
import { tooltip } from "../chart";
import { type Study, type Trial, placeOf } from "../data";
import { duration, short, show, words } from "../text";
import type { Theme } from "../theme";

/** Something the reader may choose about a plot. */
export interface Choice {
  name: string;
  values: string[];
}

export interface Setting {
  study: Study;
  theme: Theme;
  /** By Choice.name. */
  chosen: Record<string, string>;
  selected: ReadonlySet<number> | null;
  /** Of the plot, pixels. */
  width: number;
}

export interface PlotView {
  /** As in Study.plots; of a picture, its file's. */
  name: string;
  title: string;
  /** How to read it, in a sentence. */
  about: string;
  /** Takes the whole width of the page. */
  wide?: boolean;
  /** Whether there is something to draw; without it, any row of its tables is. */
  isThere?(study: Study): boolean;
  choices?(study: Study): Choice[];
  height?(setting: Setting): number;
  /** What this drawing leaves out, beside what the study's notes on the plot say. */
  notes?(setting: Setting): string[];
  /** null: there is nothing to draw; the plot's notes say why. */
  option(setting: Setting): Option | null;
}

/** All that is not seen in a drawing, and why. */
export function notesOf(view: PlotView, setting: Setting): string[] {
  return [...(setting.study.plots[view.name]?.notes ?? []), ...(view.notes?.(setting) ?? [])];
}

/** The objective as a choice, where there are several. */
export function objectiveChoice(study: Study): Choice[] {
  return study.objectives.length > 1 ? [{ name: "objective", values: study.objectives.map((objective) => objective.metric) }] : [];
}

export function chosenObjective(setting: Setting): string {
  return setting.chosen["objective"] ?? setting.study.objectives[0]?.metric ?? "";
}

const faded = 0.06;

/** How visible a trial's mark is beside those that are selected. */
export function opacity(setting: Setting, number: number, usual = 0.75): number {
  return setting.selected === null || setting.selected.has(number) ? usual : faded;
}

/** A trial in a scatter or parallel series: where it is, and its number. */
export type Mark = unknown[] | { value: unknown[]; symbol?: string; symbolRotate?: number };

/** ECharts draws bare lists much faster than objects: only a trial that is not selected is one, paler than its series. */
export function markOf(setting: Setting, number: number, place: unknown[], style = "itemStyle"): Mark {
  const value = [...place, number];
  return setting.selected === null || setting.selected.has(number) ? value : { value, [style]: { opacity: faded } };
}

/** One whose height its axis may have no room for: it is then an arrow at that end. */
export function markWithin(setting: Setting, number: number, { min, max }: Ends, x: unknown, y: number): Mark {
  const mark = markOf(setting, number, [x, Math.min(Math.max(y, min), max)]);
  if (y >= min && y <= max) return mark;
  return { ...(Array.isArray(mark) ? { value: mark } : mark), symbol: "triangle", symbolRotate: y > max ? 0 : 180 };
}

export function numberOfMark(mark: Mark): number {
  return Number((Array.isArray(mark) ? mark : mark.value).at(-1));
}

/** What ECharts tells of something that the mouse is at. */
export interface Hit {
  seriesType?: string;
  data?: unknown;
}

/** The trial that it is; undefined where it is something else. */
export function trialOf({ seriesType, data }: Hit): number | undefined {
  if (seriesType === "scatter" || seriesType === "parallel") return numberOfMark(data as Mark);
  return (data as { trial?: number } | undefined)?.trial;
}

/** What is told of a trial that the mouse is at. */
export function trialTip(study: Study): (hit: Hit) => HTMLElement | "" {
  return (hit) => {
    const trial = trialOf(hit);
    return trial === undefined ? "" : trialTooltip(study, trial);
  };
}

export function trialByNumber(study: Study, number: number): Trial | undefined {
  const trial = study.trials[placeOf(study.trials, number)];
  return trial?.number === number ? trial : undefined;
}

/** What a trial is, over its mark. */
export function trialTooltip(study: Study, number: number, first: string[] = []): HTMLElement {
  const trial = trialByNumber(study, number);
  if (trial === undefined) return tooltip(`trial ${number}`, first);
  const values = study.objectives.map((objective, i) => (trial.values[i] === undefined ? "" : `${words(objective.metric)} ${show(trial.values[i] ?? "none")}`));
  const parameters = Object.entries(trial.parameters);
  const shown = parameters.slice(0, 12).map(([name, value]) => `${name} = ${short(value)}`);
  if (parameters.length > shown.length) shown.push(`and ${parameters.length - shown.length} more`);
  const took = trial.seconds === null ? "" : duration(trial.seconds);
  return tooltip(`trial ${number}`, [...first, trial.state === "COMPLETE" ? "" : trial.state, ...(first.length > 0 ? [] : values), ...shown, took, trial.attempts.at(-1)?.reason ?? ""]);
}
