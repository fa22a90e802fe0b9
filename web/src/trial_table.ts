// All trials as rows: sorted by any column, filtered by words or conditions, a click for the whole trial.
import { type Study, type Trial, type Value, valueAt } from "./data";
import { arrange, button, element, keepFocus } from "./dom";
import type { Selection } from "./selection";
import { compare, count, metric, show } from "./text";

const rowsAtFirst = 200;
const rowsMore = 1000;
const usualMetrics = ["validation_accuracy", "validation_macro_f1", "validation_log_loss", "validation_rmse", "validation_r2", "fit_seconds"];

export interface TrialTable {
  element: HTMLElement;
  /** These trials are new, or others than before; null: any may be. Draws. */
  trialsChanged(changed: Trial[] | null): void;
}

interface Column {
  /** Tells it from others: a parameter may be called as something else is. */
  key: string;
  name: string;
  of(trial: Trial): Value;
}

const scalar = (value: unknown): Value => (typeof value === "object" && value !== null ? JSON.stringify(value) : ((value ?? null) as Value));
const isThere = (value: Value): boolean => value !== null && value !== "";

/** Those that a study's trials may have something in. */
function columnsOf(study: Study, allMetrics: boolean): Column[] {
  const single = study.objectives.length === 1;
  const objectives = study.objectives.map((objective, i): Column => ({ key: `value ${i}`, name: single ? "value" : objective.metric, of: (trial) => trial.values[i] ?? null }));
  const parameters = study.parameters.map(({ name }): Column => ({ key: `parameter ${name}`, name, of: (trial) => valueAt(trial.parameters, name) ?? valueAt(trial.fixed, name) }));
  const wanted = allMetrics ? study.metrics : usualMetrics.filter((name) => study.metrics.includes(name) && !(single && name === study.objectives[0]?.metric));
  const metrics = wanted.map((name): Column => ({ key: `metric ${name}`, name, of: (trial) => scalar(valueAt(trial.metrics, name)) }));
  return [
    { key: "number", name: "number", of: (trial) => trial.number },
    { key: "state", name: "state", of: (trial) => trial.state },
    ...objectives,
    ...parameters,
    ...metrics,
    { key: "seconds", name: "seconds", of: (trial) => trial.seconds },
    { key: "worker", name: "worker", of: (trial) => trial.attempts.at(-1)?.worker ?? null },
    { key: "attempts", name: "attempts", of: (trial) => trial.attempts.length || null },
    { key: "reason", name: "reason", of: (trial) => trial.attempts.at(-1)?.reason ?? null },
  ];
}

/** What trials have in each column, of all that it was shown. */
class Contents {
  readonly #filled = new Set<string>();
  /** With something in them that is no number. */
  readonly #mixed = new Set<string>();

  see(trials: Trial[], columns: Column[]): void {
    for (const { key, of } of columns) {
      for (const trial of trials) {
        if (this.#filled.has(key) && this.#mixed.has(key)) break;
        const value = of(trial);
        if (isThere(value)) this.#filled.add(key);
        if (value !== null && typeof value !== "number") this.#mixed.add(key);
      }
    }
  }

  /** A study without a trial has a table, too. */
  areIn({ key }: Column): boolean {
    return this.#filled.has(key) || key === "number" || key === "state";
  }

  areNumbers({ key }: Column): boolean {
    return !this.#mixed.has(key);
  }
}

/** "depth > 5 rbf": conditions on columns, and words that appear anywhere; all must hold. */
function parseFilter(text: string, columns: Column[]): (trial: Trial) => boolean {
  const conditions: ((trial: Trial) => boolean)[] = [];
  const rest = text.replace(/([^\s<>=!]+)\s*(<=|>=|!=|=|<|>)\s*("[^"]*"|\S+)/g, (whole, name: string, sign: string, right: string) => {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) return whole;
    const wanted = right.replaceAll('"', "");
    const number = Number(wanted);
    conditions.push((trial) => {
      const value = column.of(trial);
      if (value === null) return false;
      const order = typeof value === "number" && !Number.isNaN(number) ? value - number : compare(String(value), wanted);
      return sign === "=" ? order === 0 : sign === "!=" ? order !== 0 : sign === "<" ? order < 0 : sign === ">" ? order > 0 : sign === "<=" ? order <= 0 : order >= 0;
    });
    return " ";
  });
  for (const word of rest.toLowerCase().split(/\s+/).filter((one) => one !== "")) {
    conditions.push((trial) => columns.some((column) => show(column.of(trial)).toLowerCase().includes(word)));
  }
  return (trial) => conditions.every((condition) => condition(trial));
}

/** Keeps the study: after it has changed, say so. */
export function trialTable(study: Study, selection: Selection, onPick: (trial: number) => void): TrialTable {
  let sortBy = "number";
  let ascending = true;
  let shown = rowsAtFirst;
  const filter = element("input", { type: "search", placeholder: "Filter: rbf  depth > 5", "aria-label": "Filter trials", id: "filter" });
  const everything = element("input", { type: "checkbox" });
  const clear = button("Look at all trials again", () => {
    filter.value = "";
    selection.clear();
  });
  const tally = element("span", { class: "note", role: "status" });
  const head = element("thead");
  const body = element("tbody");
  const table = element("table", { id: "trials" }, head, body);

  let contents = new Contents();
  // All trials as they were sorted last, and how: with a few others among them they are soon sorted again.
  let order: Trial[] = [];
  let orderedBy = "";
  function take(changed: Trial[] | null): void {
    if (changed?.length === 0) return;
    orderedBy = "";
    if (changed === null) {
      contents = new Contents();
      order = [...study.trials];
    } else {
      const numbers = new Set(changed.map((trial) => trial.number));
      order = [...order.filter((trial) => !numbers.has(trial.number)), ...changed];
    }
    contents.see(changed ?? order, columnsOf(study, true));
  }

  function sorted(column: Column): Trial[] {
    const by = `${ascending} ${column.key}`;
    if (by !== orderedBy) {
      order.sort((a, b) => {
        const [u, v] = [column.of(a), column.of(b)];
        if (u === null || v === null) return Number(u === null) - Number(v === null) || a.number - b.number; // what has no value stands last
        return (ascending ? 1 : -1) * compare(u, v) || a.number - b.number;
      });
      orderedBy = by;
    }
    const { chosen } = selection;
    return chosen === null ? order : order.filter((trial) => chosen.has(trial.number));
  }

  function heading(column: Column, isSorted: boolean, isNumeric: boolean): HTMLElement {
    const sort = button(column.name + (!isSorted ? "" : ascending ? " ↑" : " ↓"), () => {
      ascending = column.key === sortBy ? !ascending : true;
      sortBy = column.key;
      draw();
    }, { "data-key": `sort ${column.key}` });
    return element("th", { scope: "col", class: isNumeric ? "number" : "", "aria-sort": !isSorted ? "none" : ascending ? "ascending" : "descending" }, sort);
  }

  function cell(column: Column, trial: Trial, isNumeric: boolean): HTMLElement {
    const value = column.of(trial);
    if (column.key === "number") {
      return element("td", { class: "number" }, button(String(trial.number), () => onPick(trial.number), { class: "link", "aria-label": `trial ${trial.number}`, "data-key": `trial ${trial.number}` }));
    }
    if (column.key === "state") return element("td", {}, element("span", { class: `chip ${trial.state}` }, trial.state));
    return element("td", { class: isNumeric ? "number" : "text", title: String(value ?? "") }, metric(column.name, value));
  }

  // Rows as they stand there, and the columns that they have. A trial that has changed is another object.
  let drawn = new Map<Trial, HTMLElement>();
  let drawnColumns = "";
  function rowsOf(trials: Trial[], columns: Column[], numeric: boolean[]): HTMLElement[] {
    const wanted = JSON.stringify(columns.map(({ key }, i) => [key, numeric[i]]));
    const known = wanted === drawnColumns ? drawn : new Map<Trial, HTMLElement>();
    drawnColumns = wanted;
    drawn = new Map(trials.map((trial) => [trial, known.get(trial) ?? element("tr", {}, ...columns.map((column, i) => cell(column, trial, numeric[i] ?? false)))]));
    for (const [trial, row] of drawn) row.classList.toggle("best", trial.number === study.best?.number);
    return [...drawn.values()];
  }

  function draw(): void {
    const columns = columnsOf(study, everything.checked).filter((column) => contents.areIn(column));
    const by = columns.find((column) => column.key === sortBy) ?? (columns[0] as Column);
    const rows = sorted(by);
    const numeric = columns.map((column) => contents.areNumbers(column));
    tally.textContent = selection.chosen === null ? count(study.trials.length, "trial") : `${rows.length.toLocaleString("en")} of ${count(study.trials.length, "trial")}`;
    clear.hidden = selection.chosen === null;
    keepFocus(table, () => {
      head.replaceChildren(element("tr", {}, ...columns.map((column, i) => heading(column, column === by, numeric[i] ?? false))));
      const wanted = rowsOf(rows.slice(0, shown), columns, numeric);
      if (rows.length === 0) wanted.push(element("tr", {}, element("td", { colspan: columns.length, class: "empty" }, "No trial to show.")));
      if (rows.length > shown) {
        const more = button(`Show ${Math.min(rows.length - shown, rowsMore).toLocaleString("en")} more of ${rows.length.toLocaleString("en")}`, () => {
          shown += rowsMore;
          draw();
        }, { "data-key": "more" });
        wanted.push(element("tr", {}, element("td", { colspan: columns.length }, more)));
      }
      arrange(body, wanted);
    });
  }

  filter.addEventListener("input", () => {
    const text = filter.value.trim();
    selection.filter(text === "" ? null : parseFilter(text, columnsOf(study, true).filter((column) => contents.areIn(column))));
  });
  everything.addEventListener("change", draw);
  selection.onChange(draw);
  take(null);
  draw();
  const card = element("section", { class: "card", "aria-label": "Trials" },
    element("div", { class: "card-head" }, element("h2", {}, "Trials"), tally, clear,
      element("div", { class: "choices" }, element("label", { class: "choice" }, everything, element("span", {}, "all metrics")), filter)),
    element("div", { class: "scroll table", tabindex: 0, role: "region", "aria-label": "Table of trials" }, table));
  return {
    element: card,
    trialsChanged: (changed) => {
      take(changed);
      draw();
    },
  };
}
