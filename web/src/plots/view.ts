// A plot of the page: from the numbers of a study to what ECharts draws. Pure but for `changed`.
import type { Option } from "../chart";
import { tooltip } from "../chart";
import type { Study, Trial } from "../data";
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
  /** null: there is nothing to draw; the plot's notes say why. */
  option(setting: Setting): Option | null;
}

/** The objective as a choice, where there are several. */
export function objectiveChoice(study: Study): Choice[] {
  return study.objectives.length > 1 ? [{ name: "objective", values: study.objectives.map((objective) => objective.metric) }] : [];
}

export function chosenObjective(setting: Setting): string {
  return setting.chosen["objective"] ?? setting.study.objectives[0]?.metric ?? "";
}

/** How visible a trial's mark is beside those that are selected. */
export function opacity(setting: Setting, number: number, usual = 0.75): number {
  return setting.selected === null || setting.selected.has(number) ? usual : 0.06;
}

// By the list itself: a study that is watched gets another one.
const trialsOf = new WeakMap<Trial[], Map<number, Trial>>();

export function trialByNumber(study: Study, number: number): Trial | undefined {
  let trials = trialsOf.get(study.trials);
  if (trials === undefined) {
    trials = new Map(study.trials.map((trial) => [trial.number, trial]));
    trialsOf.set(study.trials, trials);
  }
  return trials.get(number);
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
