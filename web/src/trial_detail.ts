// All there is about one trial, over the page.
import type { Actions } from "./actions";
import { type Study, type Trial, rowsOf, tableOf } from "./data";
import { button, element } from "./dom";
import { modelPanels } from "./model_panels";
import { plotCard } from "./plot_card";
import { intermediateValues } from "./plots/intermediate_values";
import { learningCurves } from "./plots/learning_curves";
import { Selection } from "./selection";
import { trialByNumber } from "./plots/view";
import { bytes, duration, metric, show, words } from "./text";

function facts(pairs: [string, string][]): HTMLElement {
  return element("dl", { class: "facts" }, ...pairs.filter(([, value]) => value !== "").flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** The study as if this were its only trial. */
function only(study: Study, number: number): Study {
  const plots = Object.fromEntries(Object.entries(study.plots).map(([name, plot]) => [name, {
    ...plot,
    notes: [],
    tables: plot.tables.map((table) => {
      const at = table.columns.indexOf("number");
      return at < 0 ? table : { ...table, rows: table.rows.filter((row) => row[at] === number) };
    }),
  }]));
  return { ...study, plots, trials: study.trials.filter((trial) => trial.number === number) };
}

/** Does a failed trial again; one that runs without a worker goes back to the queue. Then calls `onDone`. */
function retry(study: Study, trial: Trial, actions: Actions, onDone: () => void): { button: HTMLElement; said: HTMLElement } {
  const said = element("p", { role: "alert" });
  let isBusy = false;
  const again = button(trial.state === "FAIL" ? "Retry" : "Give back to the queue", () => {
    if (isBusy) return;
    isBusy = true;
    said.textContent = "";
    actions.add<{ trial: number }>("/api/trial/retry", { name: study.name, trial: trial.number })
      .then((waiting) => {
        said.className = "good";
        said.textContent = waiting.trial === trial.number ? "It waits again." : `Trial ${waiting.trial} waits, with the same values.`;
        again.hidden = true;
        onDone();
      }, (error: unknown) => {
        said.className = "bad";
        said.textContent = (error as Error).message;
      })
      .finally(() => (isBusy = false));
  });
  return { button: again, said };
}

/** `actions`: what can be done with it. Returns what closes it. */
export function showTrial(study: Study, number: number, actions?: Actions): () => void {
  const trial = trialByNumber(study, number);
  if (trial === undefined) return () => undefined;
  const { fixed = {} } = trial;
  const alone = only(study, number);
  const selection = new Selection(() => alone.trials);
  const curves = [intermediateValues, learningCurves]
    .filter((view) => rowsOf(tableOf(alone, view.name)).length > 1)
    .map((view) => plotCard(view, alone, selection, () => undefined));
  const close = button("Close", () => dialog.close());
  const canBeDoneAgain = actions?.areAllowed === true && (trial.state === "FAIL" || trial.state === "RUNNING");
  const again = canBeDoneAgain ? retry(study, trial, actions, () => close.focus()) : undefined;
  const attempts = trial.attempts.map((attempt) => element("tr", {},
    element("td", { class: "number" }, String(attempt.attempt)), element("td", {}, attempt.state), element("td", {}, attempt.worker),
    element("td", { class: "number" }, duration(attempt.seconds)), element("td", { class: "number" }, attempt.memory === null ? "" : bytes(attempt.memory)), element("td", {}, attempt.reason)));
  const dialog = element("dialog", { "aria-label": `Trial ${number}` },
    element("div", { class: "card-head" }, element("h2", {}, `Trial ${number}`), element("span", { class: `chip ${trial.state}` }, trial.state), element("div", { class: "choices" }, again?.button, close)),
    again?.said,
    facts([
      ...study.objectives.map((objective, i): [string, string] => [words(objective.metric), show(trial.values[i] ?? "")]),
      ["started", trial.started === "" ? "" : `${trial.started.slice(0, 19)} UTC`],
      ["took", duration(trial.seconds)],
    ]),
    Object.keys(trial.parameters).length > 0 && element("h3", {}, "Parameters"),
    facts(Object.entries(trial.parameters).map(([name, value]) => [name, show(value)])),
    Object.keys(fixed).length > 0 && element("h3", {}, "Enqueued with"),
    facts(Object.entries(fixed).map(([name, value]) => [name, show(value)])),
    Object.keys(trial.metrics).length > 0 && element("h3", {}, "Metrics"),
    facts(Object.entries(trial.metrics).map(([name, value]) => [words(name), metric(name, value)])),
    attempts.length > 0 && element("h3", {}, "Attempts"),
    attempts.length > 0 && element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Attempts" }, element("table", {},
      element("thead", {}, element("tr", {}, ...["attempt", "state", "worker", "took", "memory", "reason"].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...attempts))),
    ...curves.map((card) => card.element),
    ...modelPanels(study, number));
  dialog.addEventListener("close", () => {
    for (const card of curves) card.dispose();
    dialog.remove();
  });
  // A click beside it closes it; one on its margin is the dialog's, too.
  dialog.addEventListener("click", (event) => {
    const box = dialog.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (event.target === dialog && !isInside) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  for (const card of curves) card.draw();
  return () => dialog.close();
}
