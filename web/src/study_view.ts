// One study on the page: head, plots, table, models. It can be shown again after the study has changed, without losing
// what the reader chose.
import type { Actions } from "./actions";
import type { Study, Trial } from "./data";
import { arrange, element } from "./dom";
import { modelPanels } from "./model_panels";
import { overview } from "./overview";
import { type Card, plotCard } from "./plot_card";
import { plotViews } from "./plots";
import type { PlotView } from "./plots/view";
import { Selection } from "./selection";
import { studyActions } from "./study_actions";
import { showTrial } from "./trial_detail";
import { type TrialTable, trialTable } from "./trial_table";
import { unlabelledPanels } from "./unlabelled_panels";

// What the sections below the head hold.
const first = ["optimization_history", "param_importances", "pareto_front", "hypervolume_history", "parallel_coordinates", "slice", "contour", "rank", "metrics_by_parameter", "places"];
const ofModels = ["dataset", "confusion_matrix", "classification_report", "predictions", "clusters", "components"];
const last = ["components", "learning_curves", "intermediate_values", "edf", "timeline"];

function hasSomething(view: PlotView, study: Study): boolean {
  return view.isThere?.(study) ?? study.plots[view.name]?.tables.some((table) => table.rows.length > 0) ?? false;
}

export class StudyView {
  readonly element: HTMLElement;
  readonly #study: Study;
  readonly #selection: Selection;
  readonly #cards = new Map<string, Card>();
  readonly #actions: Actions | undefined;
  readonly #title = element("div");
  readonly #head = element("div");
  readonly #first = element("div", { class: "plots" });
  readonly #models = element("div", { class: "plots" });
  readonly #last = element("div", { class: "plots" });
  #closeTrial: () => void = () => undefined;
  readonly #table: TrialTable;
  readonly #buttons: { element: HTMLElement; draw(): void } | undefined;

  /**
   * Draws once the element is on the page and `draw` is called. Keeps the study: change it, then say what changed.
   * `actions`: what can be done with it; a report has none.
   */
  constructor(study: Study, actions?: Actions) {
    this.#study = study;
    this.#actions = actions;
    this.#selection = new Selection(() => study.trials);
    this.#table = trialTable(study, this.#selection, (number) => this.#showTrial(number));
    this.#buttons = actions && studyActions(study, actions, () => this.trialsChanged([]));
    this.element = element("div", {}, this.#title, this.#buttons?.element, this.#head, this.#first, this.#table.element, this.#models, this.#last);
    this.#showHead();
    this.#showModels();
    this.#showCards();
  }

  /** Gives back what its plots hold, and closes what is open. */
  dispose(): void {
    this.#closeTrial();
    for (const card of this.#cards.values()) card.dispose();
  }

  draw(): void {
    for (const card of this.#cards.values()) card.draw();
  }

  /** Numbers are others by now, and these trials; null: any may be. */
  trialsChanged(changed: Trial[] | null): void {
    this.#selection.refresh(changed);
    this.#showHead();
    this.#table.trialsChanged(changed);
  }

  /** These plots are. */
  plotsChanged(names: string[]): void {
    if (names.length === 0) return;
    // Only where there is something new: what was chosen in them is kept.
    if (names.some((name) => ofModels.includes(name))) this.#showModels();
    this.#showCards();
    this.draw();
  }

  /** Actions are allowed, or are not any more. */
  actionsChanged(): void {
    this.#buttons?.draw();
  }

  #showTrial(number: number): void {
    this.#closeTrial();
    this.#closeTrial = showTrial(this.#study, number, this.#actions);
  }

  #showHead(): void {
    const { title, figures } = overview(this.#study);
    this.#title.replaceChildren(...title);
    this.#head.replaceChildren(...figures);
    this.#buttons?.draw();
  }

  #showModels(): void {
    this.#models.replaceChildren(...modelPanels(this.#study), ...unlabelledPanels(this.#study));
  }

  // A card that is there stays, with what was chosen in it.
  #showCards(): void {
    for (const [holder, names] of [[this.#first, first], [this.#last, last]] as const) {
      for (const name of names) {
        const view = plotViews.find((one) => one.name === name);
        if (view === undefined || this.#cards.has(name) || !hasSomething(view, this.#study)) continue;
        const card = plotCard(view, this.#study, this.#selection, (number) => this.#showTrial(number));
        this.#cards.set(name, card);
      }
      arrange(holder, names.map((name) => this.#cards.get(name)?.element).filter((card) => card !== undefined));
    }
  }
}
