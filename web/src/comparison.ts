// Several studies beside each other: what each came to, and what that took. Of each measure the best is marked, and the
// study that won.
import type { Study } from "./data";
import { button, element } from "./dom";
import { isMaximized } from "./outliers";
import { metric, show, words } from "./text";

interface Measure {
  name: string;
  /** As text.metric knows it. */
  unit: string;
  of(study: Study): number | null;
  /** Which way is better; null: none is. */
  maximize: boolean | null;
}

const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
const ofBest = (name: string, unit: string, maximize: boolean): Measure => ({ name, unit, maximize, of: (study) => numberOf(study.best?.metrics[unit]) });
const ofFinal = (name: string, unit: string): Measure => ({ name, unit, maximize: true, of: (study) => numberOf(study.final?.metrics[unit]) });
const objectiveOf = (study: Study): string => study.objectives.map((objective) => `${objective.direction} ${objective.metric}`).join(", ");

/** Those that any of the studies has; what it was judged by stands in the first column already. */
function measuresOf(studies: Study[]): Measure[] {
  const [first] = studies;
  const isOne = new Set(studies.map(objectiveOf)).size === 1;
  const judgedBy = isOne && first?.objectives.length === 1 ? first.objectives[0]?.metric : undefined;
  return [
    ofFinal("test accuracy", "test_accuracy"), ofFinal("test macro F1", "test_macro_f1"), ofFinal("test R²", "test_r2"),
    { name: "trials", unit: "", maximize: null, of: ({ counts }: Study) => counts.complete + counts.pruned + counts.failed },
    { name: "time", unit: "seconds", maximize: null, of: (study: Study) => study.seconds },
    ofBest("validation accuracy", "validation_accuracy", true), ofBest("macro F1", "validation_macro_f1", true), ofBest("macro precision", "validation_macro_precision", true),
    ofBest("macro recall", "validation_macro_recall", true), ofBest("R²", "validation_r2", true), ofBest("fit", "fit_seconds", false), ofBest("predict", "predict_seconds", false),
    { name: "memory", unit: "bytes", maximize: false, of: (study: Study) => study.best?.attempts.at(-1)?.memory ?? null },
  ].filter(({ unit, of }) => unit !== judgedBy && studies.some((study) => of(study) !== null));
}

/** The studies of which this is the best value; none where fewer than two have one, or all the same. */
function winners(studies: Study[], of: (study: Study) => number | null, maximize: boolean): Set<Study> {
  const valued = studies.flatMap((study) => {
    const value = of(study);
    return value === null ? [] : [{ study, value }];
  });
  const values = valued.map(({ value }) => value);
  const best = maximize ? Math.max(...values) : Math.min(...values);
  const won = valued.filter(({ value }) => value === best);
  return new Set(won.length < valued.length ? won.map(({ study }) => study) : []);
}

const star = (label: string): HTMLElement => element("span", { class: "star", role: "img", "aria-label": label, title: label }, "★");

export function comparison(studies: Study[], onChoose: (study: Study) => void): HTMLElement {
  const valueOf = (study: Study): number | null => (study.objectives.length === 1 ? study.best?.values[0] ?? null : null);
  // What aims at different things is not compared.
  const aims = [...new Set(studies.map(objectiveOf))];
  const won = new Set(aims.flatMap((aim) => {
    const rivals = studies.filter((study) => objectiveOf(study) === aim);
    return [...winners(rivals, valueOf, isMaximized(rivals[0] as Study, rivals[0]?.objectives[0]?.metric ?? ""))];
  }));
  const measures = measuresOf(studies).map((measure) => ({ ...measure, won: measure.maximize === null ? new Set<Study>() : winners(studies, measure.of, measure.maximize) }));
  const number = (text: string, isBest: boolean): HTMLElement => element("td", { class: isBest ? "number won" : "number" }, isBest && star("the best of these"), text);
  const rows = studies.map((study) => element("tr", { class: won.has(study) ? "best" : undefined },
    element("th", { scope: "row" }, button(study.name, () => onChoose(study), { class: "link", "data-key": `study ${study.name}` }), won.has(study) && element("span", { class: "chip finished" }, "winner")),
    aims.length > 1 && element("td", {}, study.objectives.map((o) => words(o.metric)).join(", ")),
    number(show(valueOf(study)), won.has(study)),
    ...measures.map(({ unit, of, won }) => number(unit === "" ? of(study)?.toLocaleString("en") ?? "" : metric(unit, of(study)), won.has(study)))));
  const aim = studies[0]?.objectives.map((o) => `${o.direction.toLowerCase()} ${words(o.metric)}`).join(" and ") ?? "";
  const heads = [aims.length > 1 || studies[0]?.objectives.length !== 1 ? "best" : `best ${words(studies[0]?.objectives[0]?.metric ?? "")}`, ...measures.map(({ name }) => name)];
  return element("section", { class: "card", "aria-label": "Studies compared" }, element("h2", {}, "Studies compared"),
    element("p", { class: "note" }, `Of each study its best trial, and its final model on test rows; ★ is the best of a column. ${aims.length === 1 && aim !== "" ? `All ${aim}. ` : ""}Choose one to see it below.`),
    element("div", { class: "scroll table compared", tabindex: 0, role: "region", "aria-label": "Table of studies" }, element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "study"), aims.length > 1 && element("th", { scope: "col" }, "objective"), ...heads.map((head) => element("th", { scope: "col", class: "number" }, head)))),
      element("tbody", {}, ...rows))));
}
