// A plot on the page: its title, what the reader may choose, the drawing, its notes.
import { type Chart, makeChart } from "./chart";
import type { Study } from "./data";
import { choice, element } from "./dom";
import { type Choice, type Hit, type Mark, type PlotView, type Setting, notesOf, numberOfMark, trialOf } from "./plots/view";
import type { Selection } from "./selection";
import { readTheme } from "./theme";

const usualHeight = 340;

export interface Card {
  element: HTMLElement;
  /** Draws when the card is on the page, and again whenever something has changed: then as soon as somebody sees it. */
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
  const data = (chart.getOption() as { series: { data: Mark[] }[] }).series[0]?.data ?? [];
  return series.getRawIndicesByActiveState("active").map((i) => data[i]).filter((mark) => mark !== undefined).map(numberOfMark);
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
        drawNow();
      })));
  }

  const settingNow = (): Setting => ({ study, theme: readTheme(), chosen, selected: selection.chosen, width: holder.clientWidth });
  const heightIn = (setting: Setting): string => `${view.height?.(setting) ?? usualHeight}px`;

  let chart: Chart | undefined;
  let drawnFor = "";
  let isBrushing = false;
  let widthSeen = 0;
  let wasDrawn = false, isSeen = false, isStale = false;
  function begin(): Chart {
    holder.replaceChildren();
    const made = makeChart(holder);
    made.on("click", (event) => {
      const trial = trialOf(event as Hit);
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
    isStale = true;
    if (isSeen) drawNow();
    else if (!wasDrawn) drawSoon();
  }

  // In a task of its own: a page is there before the last of its plots is. Their places are.
  function drawSoon(): void {
    if (holder.clientWidth === 0) return;
    holder.style.height = heightIn(settingNow());
    setTimeout(drawIfStale);
  }

  function drawIfStale(): void {
    if (isStale) drawNow();
  }

  function drawNow(): void {
    const width = holder.clientWidth;
    if (width === 0) return;
    widthSeen = width;
    wasDrawn = true;
    isStale = false;
    showChoices();
    const setting = settingNow();
    notes.replaceChildren(...notesOf(view, setting).map((note) => element("p", { class: "note" }, note)));
    const option = view.option(setting);
    if (option === null) {
      chart?.dispose();
      chart = undefined;
      holder.style.height = "";
      holder.replaceChildren(element("p", { class: "empty" }, "Nothing to draw."));
      return;
    }
    holder.style.height = heightIn(setting);
    chart ??= begin();
    // Zoom, legend and brush stay while it is the same plot of other numbers.
    const drawsFor = JSON.stringify([chosen, width, setting.theme]);
    const isTheSame = drawsFor === drawnFor;
    // A brush is drawn away with all else; what it chose must not stay chosen without it.
    const losesBrush = !isTheSame && drawnFor !== "" && view.name === "parallel_coordinates" && selection.isBrushed;
    drawnFor = drawsFor;
    if (losesBrush) selection.brush(null);
    // It draws all again whether or not the size is another.
    if (chart.getWidth() !== width || chart.getHeight() !== holder.clientHeight) chart.resize();
    chart.setOption(option, isTheSame ? { replaceMerge: ["series"] } : { notMerge: true });
  }

  // The brush itself must not be drawn away: while it moves only the other plots follow.
  selection.onChange(() => {
    if (isBrushing) return;
    // A brush that was taken away elsewhere goes from its axis, too.
    if (view.name === "parallel_coordinates" && !selection.isBrushed) drawnFor = "";
    draw();
  });
  const sizes = new ResizeObserver(() => {
    requestAnimationFrame(() => {
      if (holder.clientWidth !== widthSeen) drawNow();
    });
  });
  sizes.observe(holder);
  // A little before it comes into view.
  const views = new IntersectionObserver((changes) => {
    isSeen = changes.at(-1)?.isIntersecting ?? false;
    if (isSeen) drawIfStale();
  }, { rootMargin: "50% 0px" });
  views.observe(holder);
  addEventListener("beforeprint", drawIfStale);
  return {
    element: card,
    draw,
    dispose: () => {
      sizes.disconnect();
      views.disconnect();
      removeEventListener("beforeprint", drawIfStale);
      chart?.dispose();
      chart = undefined;
    },
  };
}
