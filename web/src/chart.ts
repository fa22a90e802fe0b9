// ECharts on this page: what all plots have in common. Importing it registers what the plots draw with.
import { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  ParallelComponent,
  TitleComponent,
  ToolboxComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use } from "echarts/core";
import { LegacyGridContainLabel } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { element } from "./dom";
import type { Theme } from "./theme";

use([
  BarChart, CustomChart, LineChart, ParallelChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, LegendComponent,
  ParallelComponent, TitleComponent, ToolboxComponent, TooltipComponent, VisualMapComponent,
  LegacyGridContainLabel, CanvasRenderer, SVGRenderer,
]);

export type Option = EChartsCoreOption;
export type Chart = EChartsType;
export type Renderer = "canvas" | "svg";

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export function makeChart(holder: HTMLElement, renderer: Renderer = "canvas"): Chart {
  return init(holder, null, { renderer });
}

/** A picture of a plot: the SVG's text, or a PNG of twice the size in base64. */
export function drawOnce(option: Option, renderer: Renderer, size: { width: number; height: number }, background: string): string {
  const chart = init(document.createElement("div"), null, { renderer, ssr: renderer === "svg", ...size });
  chart.setOption({ ...option, backgroundColor: background });
  const picture = renderer === "svg" ? chart.renderToSVGString() : chart.getDataURL({ type: "png", pixelRatio: 2 }).replace(/^[^,]*,/, "");
  chart.dispose();
  return picture;
}

/** Axis names and numbers, lines between them. */
export function axis(theme: Theme, name: string, more: object = {}): object {
  return {
    name,
    nameLocation: "middle",
    nameGap: 28,
    // Beyond the labels, however long they are.
    nameMoveOverlap: true,
    nameTextStyle: { color: theme.muted, fontWeight: 600 },
    axisLabel: { color: theme.muted, hideOverlap: true },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { lineStyle: { color: theme.line } },
    splitLine: { lineStyle: { color: theme.grid } },
    ...more,
  };
}

/** Numbers along an axis, but for those at its ends, which are no round ones. */
export function numberLabels(theme: Theme): object {
  return { color: theme.muted, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: tick };
}

/** Round numbers as they are; seven digits tell any two of an axis apart. */
export function tick(value: number): string {
  return String(Number(value.toPrecision(7)));
}

// So many marks at least tell how wide a logarithmic axis is.
const fewestMarks = 3;

/** Evenly spaced round numbers from one end to the other, some eight of them. */
function evenMarks(low: number, high: number): number[] {
  const rough = (high - low) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(Math.floor(high / step) - first + 1, 0) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * What is marked on a logarithmic axis between these ends, which are positive: powers of ten; where there are too few,
 * 1-2-5; along a fraction of a decade, where it is nearly even, evenly spaced numbers.
 */
export function logMarks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.max(1, Math.ceil((last - first) / 7));
  for (const digits of [[1], [1, 2, 5]]) {
    const marks: number[] = [];
    for (let power = first; power <= last; power += every) marks.push(...digits.map((digit) => Number(`${digit}e${power}`)));
    const inside = marks.filter((mark) => mark >= low && mark <= high);
    if (inside.length >= fewestMarks || every > 1) return inside;
  }
  return evenMarks(low, high);
}

/** Labels and ticks of an axis at these places; lines across it are where ticks are. */
export function marksAt(places: number[], labels: object, ticks: object): object {
  return { axisLabel: { ...labels, customValues: places }, axisTick: { ...ticks, customValues: places } };
}

/** An axis of numbers between these ends. By itself ECharts marks powers of ten alone on a logarithmic one: often none. */
export function numberAxis(theme: Theme, name: string, ends: Ends, log: boolean, more: object = {}): object {
  const labels = numberLabels(theme);
  if (!log) return axis(theme, name, { type: "value", ...ends, axisLabel: labels, ...more });
  // Here the first and the last are round numbers, too.
  const marks = marksAt(logMarks(ends.min, ends.max), { ...labels, showMinLabel: true, showMaxLabel: true }, { lineStyle: { color: theme.line } });
  return axis(theme, name, { type: "log", ...ends, ...marks, ...more });
}

/** Names along an axis of categories. */
export function nameLabels(theme: Theme, width = 90): object {
  return { color: theme.muted, width, overflow: "truncate", hideOverlap: true };
}

/** What every plot begins with; `tip` says what its tooltip shows. */
export function base(theme: Theme, about: string, tip: object = {}): object {
  return {
    animation: false,
    // All at once: what it takes is known then, and who draws again and again can do so seldom enough.
    progressive: 0,
    textStyle: { color: theme.ink, fontFamily },
    aria: { enabled: true, label: { description: about } },
    legend: { show: false },
    tooltip: {
      confine: true,
      backgroundColor: theme.card,
      borderColor: theme.line,
      textStyle: { color: theme.ink, fontSize: 13 },
      extraCssText: "max-width:min(340px,90vw);white-space:normal;overflow-wrap:anywhere",
      ...tip,
    },
  };
}

export function legend(theme: Theme, names: string[]): object {
  return { show: true, type: "scroll", top: 0, left: 0, right: 0, data: names, textStyle: { color: theme.muted }, pageTextStyle: { color: theme.muted } };
}

/** Zoom by dragging a box, and back: below the plot, as a legend may need all of the width above it. */
export function zoomTools(theme: Theme): object {
  return {
    toolbox: {
      right: 0,
      bottom: -10,
      itemSize: 14,
      iconStyle: { borderColor: theme.muted },
      emphasis: { iconStyle: { borderColor: theme.accent, textFill: theme.ink } },
      feature: { dataZoom: { filterMode: "none", title: { zoom: "zoom into a box", back: "zoom back" } } },
    },
  };
}

/** A tooltip's content: a bold line and others below it, all as text. */
export function tooltip(head: string, lines: string[]): HTMLElement {
  return element("div", { class: "tooltip" }, element("b", {}, head), ...lines.filter((line) => line !== "").map((line) => element("div", {}, line)));
}

export interface Ends {
  min: number;
  max: number;
  minInterval?: number;
}

/** Ends of a value axis around these numbers; of whole numbers, steps between them are whole. */
export function around(values: number[], log = false): Ends {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (finite.length === 0) return log ? { min: 1, max: 10 } : { min: 0, max: 1 };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  if (log) {
    const pad = high > low ? (high / low) ** 0.05 : 2;
    return { min: low / pad, max: high * pad };
  }
  const pad = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.05, 1e-6);
  return { min: low - pad, max: high + pad, ...(finite.every(Number.isInteger) ? { minInterval: 1 } : {}) };
}
