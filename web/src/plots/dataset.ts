import { axis, base, legend, nameLabels } from "../chart";
import { type Study, groupBy, rowsOf, tableOf } from "../data";
import { type Grey, strip } from "../image";
import type { PlotView } from "./view";

export interface ClassCount {
  name: string;
  learned: number;
  measured: number;
}

interface Row extends Grey {
  label: string;
}

// More are told apart by nobody; the table of numbers has all.
const mostClasses = 60;

/** The classes that are shown, with images where there are some. */
export function classesOf(study: Study): (ClassCount & { images: Grey[] })[] {
  const images = groupBy(rowsOf<Row>(tableOf(study, "dataset", 1)), (row) => row.label);
  return rowsOf<ClassCount>(tableOf(study, "dataset")).slice(0, mostClasses).map((row) => ({ ...row, images: images.get(row.name) ?? [] }));
}

/** "60 of 100 classes", where not all are shown. */
export function classesShown(study: Study): string {
  const all = tableOf(study, "dataset").rows.length;
  return all > mostClasses ? `${mostClasses} of ${all} classes are shown.` : "";
}

export const countNames: ["learned" | "measured", string][] = [["learned", "learned from"], ["measured", "measured on"]];

const top = 30, bottom = 12, labels = 110, gap = 24;

/** A picture: on the page it is a table (model_panels.ts). */
export const dataset: PlotView = {
  name: "dataset",
  title: "The dataset",
  about: "Of each class some rows that the final model learned from, and how many there are.",
  height: ({ study }) => {
    const classes = classesOf(study);
    return top + bottom + classes.length * (classes.some(({ images }) => images.length > 0) ? 46 : 30);
  },
  option(setting) {
    const { study, theme, width } = setting;
    const classes = classesOf(study);
    if (classes.length === 0) return null;
    const each = ((this.height?.(setting) ?? 0) - top - bottom) / classes.length;
    // As high as there is room for, but for two pixels above and below; together they take half of the width at most.
    const strips = classes.map(({ images }) => (images.length === 0 ? undefined : strip(images, Math.ceil((2 * each) / (images[0]?.height ?? 1)))));
    const natural = strips.map((one) => (one === undefined ? 0 : ((each - 4) * one.width) / one.height));
    const widest = Math.max(...natural);
    const shrink = Math.min(1, width / 2 / Math.max(widest, 1));
    const sheet = widest * shrink;
    const names = classes.map(({ name }) => name);
    const shown = countNames.filter(([count]) => classes.some((one) => one[count] > 0));
    const side = { type: "category", inverse: true, axisTick: { show: false }, splitLine: { show: false } };
    return {
      ...base(theme, this.about),
      legend: { ...legend(theme, shown.map(([, name]) => name)), left: labels + sheet + gap },
      grid: [
        { left: labels, top, bottom, width: sheet },
        { left: labels + sheet + (sheet > 0 ? gap : 0), right: 70, top, bottom },
      ],
      xAxis: [{ type: "value", gridIndex: 0, min: 0, max: 1, show: false }, { type: "value", gridIndex: 1, min: 0, show: false }],
      yAxis: [
        axis(theme, "", { ...side, gridIndex: 0, data: names.map((_, i) => i), axisLabel: { ...nameLabels(theme), formatter: (_: string, i: number) => names[i] ?? "" } }),
        axis(theme, "", { ...side, gridIndex: 1, data: names.map((_, i) => i), axisLabel: { show: false } }),
      ],
      series: [
        {
          type: "custom", xAxisIndex: 0, yAxisIndex: 0, silent: true, data: strips.flatMap((one, i) => (one === undefined ? [] : [[0, i]])),
          renderItem: (_: unknown, api: { value(i: number): number; coord(p: number[]): number[] }) => {
            const i = api.value(1), high = (each - 4) * shrink;
            const [left = 0, middle = 0] = api.coord([0, i]);
            return { type: "image", style: { image: strips[i], x: left, y: middle - high / 2, width: (natural[i] ?? 0) * shrink, height: high } };
          },
        },
        ...shown.map(([count, name], i) => ({
          name, type: "bar", xAxisIndex: 1, yAxisIndex: 1, silent: true, barMaxWidth: 14, itemStyle: { color: theme.series[i], borderRadius: [0, 3, 3, 0] },
          label: { show: true, position: "right", color: theme.muted, formatter: (at: { value: number }) => at.value.toLocaleString("en") },
          data: classes.map((one) => one[count]),
        })),
      ],
    };
  },
};
