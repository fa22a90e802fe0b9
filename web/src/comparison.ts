// Several studies beside each other: what each came to, and what that took.
import type { Study } from "./data";
import { button, element } from "./dom";
import { metric, show, words } from "./text";

// Of the best trial, then of the final model.
const measures: [string, string][] = [
  ["validation accuracy", "validation_accuracy"], ["macro F1", "validation_macro_f1"], ["macro precision", "validation_macro_precision"],
  ["macro recall", "validation_macro_recall"], ["R²", "validation_r2"], ["fit", "fit_seconds"], ["predict", "predict_seconds"],
];
const finalMeasures: [string, string][] = [["test accuracy", "test_accuracy"], ["test macro F1", "test_macro_f1"], ["test R²", "test_r2"]];

export function comparison(studies: Study[], onChoose: (study: Study) => void): HTMLElement {
  const value = (study: Study, name: string): unknown => study.best?.metrics[name];
  const memory = (study: Study): number | null => study.best?.attempts.at(-1)?.memory ?? null;
  const hasMemory = studies.some((study) => memory(study) !== null);
  const shown = measures.filter(([, name]) => studies.some((study) => typeof value(study, name) === "number"));
  const shownFinal = finalMeasures.filter(([, name]) => studies.some((study) => study.final?.metrics[name] !== undefined));
  const number = (text: string): HTMLElement => element("td", { class: "number" }, text);
  const rows = studies.map((study) => {
    const { best } = study;
    const { complete, pruned, failed } = study.counts;
    return element("tr", {},
      element("th", { scope: "row" }, button(study.name, () => onChoose(study), { class: "link", "data-key": `study ${study.name}` })),
      element("td", {}, study.objectives.map((o) => words(o.metric)).join(", ")),
      number(study.objectives.length === 1 && best !== null ? show(best.values[0]) : ""),
      ...shownFinal.map(([, name]) => number(metric(name, study.final?.metrics[name]))),
      number((complete + pruned + failed).toLocaleString("en")), number(metric("seconds", study.seconds)),
      ...shown.map(([, name]) => number(metric(name, value(study, name)))),
      hasMemory && number(metric("bytes", memory(study))));
  });
  const heads = ["best", ...shownFinal.map(([label]) => label), "trials", "time", ...shown.map(([label]) => label), ...(hasMemory ? ["memory"] : [])];
  return element("section", { class: "card", "aria-label": "Studies compared" }, element("h2", {}, "Studies compared"),
    element("p", { class: "note" }, "Of each study its best trial, and its final model on test rows. Choose one to see it below."),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of studies" }, element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "study"), element("th", { scope: "col" }, "objective"), ...heads.map((head) => element("th", { scope: "col", class: "number" }, head)))),
      element("tbody", {}, ...rows))));
}
