// A plot on the page: its title, what the reader may choose, the drawing, its notes.
import { type Chart, makeChart } from "./chart";
import type { Study } from "./data";
import { choice, element } from "./dom";
import type { Choice, PlotView, Setting } from "./plots/view";
import type { Selection } from "./selection";
import { readTheme } from "./theme";

const usualHeight = 340;

export interface Card {
  element: HTMLElement;
  /** Draws when the card is on the page, and again whenever something has changed. */
  draw(): void;
  /** Gives back what it holds. It is not to be used any more. */
  dispose(): void;
}

interface ParallelSeries {
  getRawIndicesByActiveState(state: "active" | "normal"): number[];
}

/** The trials that an axis' brush leaves; null where there is no brush. */
function brushed(chart: Chart): number[] | null {
  // ECharts' documentation of the event "axisareaselected" says to ask the model.
  const [series] = (chart as unknown as { getModel(): { getSeries(): ParallelSeries[] } }).getModel().getSeries();
  if (series === undefined || series.getRawIndicesByActiveState("normal").length > 0) return null;
  const data = (chart.getOption() as { series: { data: { trial: number }[] }[] }).series[0]?.data ?? [];
  return series.getRawIndicesByActiveState("active").map((i) => data[i]?.trial).filter((number) => number !== undefined);
}

/** `onPick` hears of clicks on trials. Keeps the study: after it has changed, `draw`. */
export function plotCard(view: PlotView, study: Study, selection: Selection, onPick: (trial: number) => void): Card {
  const holder = element("div", { class: "chart", "data-plot": view.name });
  const controls = element("div", { class: "choices" });
  const notes = element("div");
  const card = element("section", { class: view.wide ? "card wide" : "card", "aria-label": view.title },
    element("div", { class: "card-head" }, element("h2", {}, view.title), controls), element("p", { class: "note" }, view.about), holder, notes);

  // What there is to choose from may grow while a study goes on; what was chosen stays.
  const chosen: Record<string, string> = {};
  let offered = "";
  function showChoices(): void {
    const choices: Choice[] = view.choices?.(study) ?? [];
    if (JSON.stringify(choices) === offered) return;
    offered = JSON.stringify(choices);
    for (const { name, values } of choices) {
      if (!values.includes(chosen[name] ?? "")) chosen[name] = values[0] ?? "";
    }
    controls.replaceChildren(...choices.map(({ name, values }) =>
      choice(name, values, chosen[name] ?? "", (value) => {
        chosen[name] = value;
        draw();
      })));
  }

  let chart: Chart | undefined;
  let drawnFor = "";
  let isBrushing = false;
  function begin(): Chart {
    holder.replaceChildren();
    const made = makeChart(holder);
    made.on("click", (event) => {
      const { data } = event as { data?: { trial?: number; bar?: { number: number } } };
      const trial = data?.trial ?? data?.bar?.number;
      if (trial !== undefined) onPick(trial);
    });
    if (view.name === "parallel_coordinates") {
      made.on("axisareaselected", () => {
        isBrushing = true;
        selection.brush(brushed(made));
        isBrushing = false;
      });
    }
    return made;
  }

  function draw(): void {
    const width = holder.clientWidth;
    if (width === 0) return;
    showChoices();
    notes.replaceChildren(...(study.plots[view.name]?.notes ?? []).map((note) => element("p", { class: "note" }, note)));
    const theme = readTheme();
    const setting: Setting = { study, theme, chosen, selected: selection.chosen, width };
    const option = view.option(setting);
    if (option === null) {
      chart?.dispose();
      chart = undefined;
      holder.style.height = "";
      holder.replaceChildren(element("p", { class: "empty" }, "Nothing to draw."));
      return;
    }
    holder.style.height = `${view.height?.(setting) ?? usualHeight}px`;
    chart ??= begin();
    // Zoom, legend and brush stay while it is the same plot of other numbers.
    const drawsFor = JSON.stringify([chosen, width, theme]);
    const isTheSame = drawsFor === drawnFor;
    drawnFor = drawsFor;
    chart.resize();
    chart.setOption(option, isTheSame ? { replaceMerge: ["series"] } : { notMerge: true });
  }

  // The brush itself must not be drawn away: while it moves only the other plots follow.
  selection.onChange(() => {
    if (isBrushing) return;
    // A brush that was taken away elsewhere goes from its axis, too.
    if (view.name === "parallel_coordinates" && !selection.isBrushed) drawnFor = "";
    draw();
  });
  let widthSeen = 0;
  const observer = new ResizeObserver(() => {
    if (holder.clientWidth === widthSeen) return;
    widthSeen = holder.clientWidth;
    requestAnimationFrame(draw);
  });
  observer.observe(holder);
  return {
    element: card,
    draw,
    dispose: () => {
      observer.disconnect();
      chart?.dispose();
      chart = undefined;
    },
  };
}
