// The head of a study: what won, how far it is, how long it took, and by which parameters.
import type { Study } from "./data";
import { element } from "./dom";
import { count, duration, metric, short, show, words } from "./text";

function card(label: string, figure: string, ...notes: (string | HTMLElement)[]): HTMLElement {
  return element("div", { class: "card" }, element("h2", { class: "label" }, label), element("div", { class: "figure number" }, figure),
    ...notes.filter((note) => note !== "").map((note) => (typeof note === "string" ? element("div", { class: "note" }, note) : note)));
}

function bestCard(study: Study): HTMLElement {
  const [objective] = study.objectives;
  if (study.objectives.length > 1) {
    const table = study.plots["pareto_front"]?.tables[0];
    const front = table?.rows.filter((row) => row[1] === true).length ?? 0;
    return card("Best", count(front, "trial"), `on the Pareto front of ${study.objectives.map((o) => words(o.metric)).join(" and ")}`);
  }
  const { best } = study;
  if (objective === undefined) return card("Best", "–", "the study has no objective");
  if (best === null) return card(`Best ${words(objective.metric)}`, "–", "no trial is complete yet");
  return card(`Best ${words(objective.metric)}`, metric(objective.metric, best.values[0]), `trial ${best.number}${best.seconds === null ? "" : `, ${duration(best.seconds)}`}`);
}

// What the final model is known by: what the study is after, else the first of these that it has; and what is told
// beside it.
const finalMeasures: [string, string][] = [
  ["accuracy", "accuracy"], ["r2", "R²"], ["log_likelihood", "log-likelihood"], ["inertia", "inertia"], ["macro_f1", "macro F1"], ["log_loss", "log loss"],
  ["root_mean_squared_error", "RMSE"], ["homogeneity", "homogeneity"], ["adjusted_rand", "adjusted Rand"],
];

function finalCard(study: Study): HTMLElement[] {
  const { final } = study;
  if (final === null) return [];
  const aim = study.objectives[0]?.metric.replace(/^(train|validation)_/, "") ?? "";
  const aims = finalMeasures.filter(([name]) => name === aim);
  const measures = [...(aims.length > 0 ? aims : [[aim, words(aim)] as const]), ...finalMeasures.filter(([name]) => name !== aim)];
  const [first, ...others] = measures.flatMap(([name, label]) => {
    const value = final.metrics[`test_${name}`];
    return value === undefined ? [] : [{ label, value }];
  });
  if (first === undefined) return [];
  return [card(`Test ${first.label}`, short(first.value), others.map(({ label, value }) => `${label} ${short(value)}`).join(" · "),
    `trial ${final.trial}, trained again on training and validation rows`)];
}

export type State = "finished" | "stopped" | "running" | "unfinished";

export function stateOf({ finished, stopped, counts }: Pick<Study, "finished" | "stopped" | "counts">): State {
  return finished ? "finished" : stopped ? "stopped" : counts.running > 0 ? "running" : "unfinished";
}

/** How far it is: a bar of how its trials ended, "12 / 40", and "10 complete · 2 failed". */
export function progressBar({ counts, budget }: Pick<Study, "counts" | "budget">): { bar: HTMLElement; progress: string; states: string } {
  const { complete, pruned, failed, running, waiting } = counts;
  const done = complete + pruned + failed;
  const total = Math.max(budget, done + running + waiting, 1);
  const bar = element("div", { class: "bar", role: "img", "aria-label": `${done} of ${total} trials` });
  for (const [part, colour] of [[complete, "--good"], [pruned, "--warn"], [failed, "--bad"], [running, "--accent"]] as const) {
    const piece = element("i");
    piece.style.cssText = `width:${(100 * part) / total}%;background:var(${colour})`;
    bar.append(piece);
  }
  const shown = Object.entries(counts).filter(([state, n]) => n > 0 || state === "complete");
  return {
    bar,
    progress: budget > 0 ? `${done.toLocaleString("en")} / ${budget.toLocaleString("en")}` : done.toLocaleString("en"),
    states: shown.map(([state, n]) => `${n.toLocaleString("en")} ${state}`).join(" · "),
  };
}

function trialsCard(study: Study): HTMLElement {
  const { bar, progress, states } = progressBar(study);
  return card("Trials", progress, bar, states);
}

function timeCard(study: Study): HTMLElement {
  let timed = 0, sum = 0;
  const workers = new Set<string>();
  for (const trial of study.trials) {
    if (trial.seconds !== null) {
      ++timed;
      sum += trial.seconds;
    }
    for (const attempt of trial.attempts) workers.add(attempt.worker);
  }
  workers.delete("");
  return card("Time", duration(study.seconds) || "–", timed > 0 ? `${duration(sum / timed)} a trial on average` : "",
    workers.size > 0 ? `on ${workers.size > 2 ? count(workers.size, "worker") : [...workers].join(" and ")}` : "");
}

/** Its name and aim; and what it came to. */
export function overview(study: Study): { title: HTMLElement[]; figures: HTMLElement[] } {
  const state = stateOf(study);
  const goals = study.objectives.map((o) => `${o.direction.toLowerCase()} ${words(o.metric)}`);
  const facts = [goals.join(", "), study.seed === null ? "" : `seed ${study.seed}`, study.started === "" ? "" : `started ${study.started.slice(0, 16)} UTC`];
  const { best } = study;
  const pairs = best === null ? [] : Object.entries(best.parameters);
  const title = [
    element("header", {}, element("h1", { id: "name" }, study.name), element("span", { class: `chip ${state}` }, state)),
    element("p", { class: "subtitle" }, facts.filter((fact) => fact !== "").join(" · ")),
    ...study.notes.map((note) => element("p", { class: "said" }, note)),
  ];
  const figures = [
    element("div", { class: "cards" }, bestCard(study), ...finalCard(study), trialsCard(study), timeCard(study)),
    ...(pairs.length === 0 ? [] : [element("section", { class: "card", "aria-label": "Best parameters" }, element("h2", {}, "Best parameters"),
      element("dl", { class: "pairs" }, ...pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, show(value))))))]),
  ];
  return { title, figures };
}
