// The studies of a server: how far each is, and what it came to.
import type { Study } from "./data";
import { button, element } from "./dom";
import { progressBar, stateOf } from "./overview";
import { count, show, words } from "./text";

/** What /api/studies says of each. */
export type ListedStudy = Pick<Study, "name" | "finished" | "stopped" | "budget" | "counts" | "best" | "objectives" | "last_completed">;

function bestOf({ objectives, best, counts }: ListedStudy): string {
  if (objectives.length > 1) return counts.complete > 0 ? "a front" : "";
  return best === null ? "" : show(best.values[0]);
}

function rowOf(study: ListedStudy, onChoose: (name: string) => void): HTMLElement {
  const { bar, progress, states } = progressBar(study);
  return element("tr", {},
    element("th", { scope: "row" }, button(study.name, () => onChoose(study.name), { class: "link", "data-key": `study ${study.name}` })),
    element("td", {}, element("span", { class: `chip ${stateOf(study)}` }, stateOf(study))),
    element("td", { class: "progress" }, element("span", { class: "number" }, progress), bar),
    element("td", { class: "wraps" }, states),
    element("td", { class: "wraps" }, study.objectives.map((o) => `${o.direction.toLowerCase()} ${words(o.metric)}`).join(", ")),
    element("td", { class: "number" }, bestOf(study)),
    element("td", {}, study.last_completed === "" ? "" : `${study.last_completed.slice(0, 16)} UTC`));
}

export function studyList(studies: ListedStudy[], onChoose: (name: string) => void): HTMLElement {
  const head = (name: string): HTMLElement => element("th", { scope: "col", class: name === "best" ? "number" : undefined }, name);
  const running = studies.filter((study) => stateOf(study) === "running").length;
  return element("section", { class: "card", "aria-label": "Studies" }, element("h1", {}, "Studies"),
    element("p", { class: "note" }, `${count(studies.length, "study", "studies")}, ${running} running. Choose one to watch it.`),
    element("div", { class: "scroll table", tabindex: 0, role: "region", "aria-label": "Table of studies" }, element("table", {},
      element("thead", {}, element("tr", {}, ...["study", "state", "done", "trials", "objective", "best", "last ended"].map(head))),
      element("tbody", {}, ...studies.map((study) => rowOf(study, onChoose))))));
}
