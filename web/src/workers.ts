// Who is connected, and what each does.
import type { Actions } from "./actions";
import { button, element, keepFocus } from "./dom";
import { openForm } from "./form_dialog";
import { count } from "./text";

/** As coordinator/dashboard.cc writes it. */
export interface Worker {
  worker_id: string;
  name: string;
  host: string;
  slots: number;
  threads: number;
  running: number;
  ended: number;
  connected: string;
  draining: boolean;
}

/** A table that is shown while there are any; `draw` once the actions are others. `onChange`: they are to be asked for again. */
export function workersCard(actions: Actions, onChange: () => void): { element: HTMLElement; show(workers: Worker[]): void; draw(): void } {
  const table = element("table");
  const card = element("section", { class: "card", "aria-label": "Workers", hidden: true }, element("h2", {}, "Workers"),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of workers" }, table));
  let known: Worker[] = [];
  let shown = "";

  function drain(worker: Worker): void {
    openForm(`Drain ${worker.name}?`, "Drain", [
      element("p", {}, `It takes no more trials, and ends ${worker.running === 0 ? "now" : `after the ${count(worker.running, "trial")} that it has`}.`),
    ], async () => {
      await actions.do("/api/worker/drain", { name: worker.worker_id });
      onChange();
    });
  }

  function row(worker: Worker): HTMLElement {
    const number = (value: number): HTMLElement => element("td", { class: "number" }, value.toLocaleString("en"));
    const can = actions.areAllowed;
    return element("tr", {}, element("th", { scope: "row" }, worker.name), element("td", {}, worker.host), number(worker.slots), number(worker.threads), number(worker.running), number(worker.ended),
      element("td", {}, `${worker.connected.slice(0, 16)} UTC`),
      element("td", {}, worker.draining ? element("span", { class: "chip stopped" }, "draining")
        : can && button("Drain", () => drain(worker), { class: "link", "aria-label": `Drain ${worker.name}`, "data-key": `drain ${worker.worker_id}` })));
  }

  function draw(): void {
    const now = JSON.stringify([known, actions.areAllowed]);
    if (now === shown) return;
    shown = now;
    card.hidden = known.length === 0;
    keepFocus(table, () => table.replaceChildren(
      element("thead", {}, element("tr", {}, ...["worker", "host"].map((head) => element("th", { scope: "col" }, head)),
        ...["slots", "threads", "running", "ended"].map((head) => element("th", { scope: "col", class: "number" }, head)), element("th", { scope: "col" }, "since"), element("td"))),
      element("tbody", {}, ...known.map(row))));
  }

  return {
    element: card,
    draw,
    show(workers) {
      known = workers;
      draw();
    },
  };
}
