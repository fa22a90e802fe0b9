import { axis, base, nameLabels } from "../chart";
import { type Study, groupBy, rowsOf, tableOf } from "../data";
import { sourceName } from "../text";
import type { PlotView, Setting } from "./view";

export interface Count {
  number: number;
  part: string;
  label: string;
  predicted: string;
  count: number;
  share: number | null;
}

interface Matrix {
  /** Which rows it is of. */
  source: string;
  classes: string[];
  /** Row by row, as many as there are columns; classes may have equal names. */
  cells: Count[];
}

/** The first there is: of the final model, else of the best trial. */
function matrixOf(study: Study): Matrix | undefined {
  const [first] = groupBy(rowsOf<Count>(tableOf(study, "confusion_matrix")), sourceName);
  if (first === undefined) return undefined;
  const [source, cells] = first;
  return { source, cells, classes: cells.slice(0, Math.round(Math.sqrt(cells.length))).map((cell) => cell.predicted) };
}

const top = 8, right = 90, bottom = 100, left = 130, largest = 46, smallestWithText = 20;

function cellOf({ width }: Setting, classes: number): number {
  return Math.min(largest, (width - left - right) / classes);
}

/** A picture: on the page it is a table (model_panels.ts). */
function picture(name: string, title: string, about: string, numberOf: (cell: Count) => number | null, textOf: (number: number) => string): PlotView {
  return {
    name,
    title,
    about,
    height: (setting) => {
      const size = matrixOf(setting.study)?.classes.length ?? 1;
      return top + bottom + size * cellOf(setting, size);
    },
    option(setting) {
      const { study, theme } = setting;
      const matrix = matrixOf(study);
      if (matrix === undefined) return null;
      const { classes, cells, source } = matrix;
      const size = classes.length, side = cellOf(setting, size);
      const numbers = cells.map((cell) => numberOf(cell) ?? 0);
      const most = numbers.reduce((a, b) => Math.max(a, b), 1e-9);
      const names = (what: string, more: object): object => axis(theme, what, {
        type: "category", data: classes.map((_, i) => i), axisTick: { show: false }, splitLine: { show: false }, ...more,
      });
      const labels = { ...nameLabels(theme), formatter: (_: string, i: number) => classes[i] ?? "" };
      return {
        ...base(theme, about),
        grid: { left, top, width: size * side, height: size * side },
        xAxis: names(`what the model said (${source})`, { nameGap: 76, axisLabel: { ...labels, width: 60, rotate: size > 12 || classes.some((one) => one.length > 4) ? 45 : 0 } }),
        yAxis: names("what it is", { inverse: true, nameGap: 104, axisLabel: labels }),
        visualMap: {
          type: "continuous", dimension: 2, min: 0, max: most, left: left + size * side + 16, top, itemWidth: 12, itemHeight: Math.min(160, size * side - 40),
          calculable: false, text: [textOf(most), textOf(0)], textStyle: { color: theme.muted }, inRange: { color: theme.ramp },
        },
        series: [{
          type: "custom", silent: true, data: numbers.map((number, at) => [at % size, Math.floor(at / size), number]),
          renderItem: (_: unknown, api: { value(i: number): number; coord(p: number[]): number[]; visual(name: string): string }) => {
            const number = api.value(2);
            const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
            const square = { type: "rect", shape: { x: x - side / 2, y: y - side / 2, width: side, height: side }, style: { fill: api.visual("color"), stroke: theme.card, lineWidth: side > 8 ? 1 : 0 } };
            if (number === 0 || side < smallestWithText) return square;
            // The second half of the colours is as far from the background as ink is.
            const text = { text: textOf(number), x, y, align: "center", verticalAlign: "middle", fill: number > most / 2 ? theme.card : theme.ink, fontSize: Math.min(13, side / 3.2) };
            return { type: "group", children: [square, { type: "text", style: text }] };
          },
        }],
      };
    },
  };
}

export const confusionMatrix = picture("confusion_matrix", "Confusion matrix", "How many rows of each class the model said to be of which.", (cell) => cell.count, String);
export const normalisedConfusionMatrix = picture("confusion_matrix_normalised", "Normalised confusion matrix", "Which share of each class's rows the model said to be of which.",
  (cell) => cell.share, (share) => share.toFixed(2));
