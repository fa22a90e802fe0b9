import { around, base, numberAxis } from "../chart";
import { type Study, distinct, groupBy, rowsOf, tableOf } from "../data";
import { words } from "../text";
import { cells, heightOf } from "./small_multiples";
import { type PlotView, type Setting, opacity, trialTooltip } from "./view";

interface Point {
  metric: string;
  parameter: string;
  number: number;
  x: number;
  value: number;
}

const pointsOf = (study: Study): Point[] => rowsOf<Point>(tableOf(study, "metrics_by_parameter"));

function chosenPoints(setting: Setting): Point[] {
  const all = pointsOf(setting.study);
  const parameter = setting.chosen["parameter"] ?? all[0]?.parameter;
  return all.filter((point) => point.parameter === parameter);
}

/** The mean of each x. */
function means(points: Point[]): [number, number][] {
  const of = [...groupBy(points, (point) => point.x)].map(([x, some]): [number, number] => [x, some.reduce((sum, point) => sum + point.value, 0) / some.length]);
  return of.sort(([a], [b]) => a - b);
}

export const metricsByParameter: PlotView = {
  name: "metrics_by_parameter",
  title: "Every measure, by parameter",
  about: "Look for the elbow of inertia, the lowest AIC or BIC, the highest silhouette. The line is the mean of the trials.",
  wide: true,
  choices: (study) => [{ name: "parameter", values: distinct(pointsOf(study).map((point) => point.parameter)) }].filter((choice) => choice.values.length > 1),
  height: (setting) => heightOf(distinct(chosenPoints(setting).map((point) => point.metric)).length, setting.width),
  option(setting) {
    const { study, theme } = setting;
    const points = chosenPoints(setting);
    if (points.length === 0) return null;
    const metrics = [...groupBy(points, (point) => point.metric)];
    const parameter = points[0]?.parameter ?? "";
    const log = study.parameters.find((one) => one.name === parameter)?.log === true && points.every((point) => point.x > 0);
    const ends = around(points.map((point) => point.x), log);
    return {
      ...base(theme, this.about, { trigger: "item", formatter: (mark: { data: { trial?: number } }) => (mark.data.trial === undefined ? "" : trialTooltip(study, mark.data.trial)) }),
      grid: cells(metrics.length, setting.width),
      xAxis: metrics.map((_, i) => numberAxis(theme, parameter, ends, log, { gridIndex: i, splitLine: { show: false } })),
      yAxis: metrics.map(([metric, some], i) => numberAxis(theme, words(metric), around(some.map((point) => point.value)), false, { gridIndex: i })),
      series: metrics.flatMap(([, some], i) => [
        { type: "line", xAxisIndex: i, yAxisIndex: i, symbol: "none", silent: true, lineStyle: { color: theme.accent, width: 2 }, data: means(some).map((value) => ({ value })) },
        {
          type: "scatter", xAxisIndex: i, yAxisIndex: i, symbolSize: 8, itemStyle: { color: theme.accent, borderColor: theme.card, borderWidth: 0.5 },
          data: some.map((point) => ({ value: [point.x, point.value], trial: point.number, itemStyle: { opacity: opacity(setting, point.number, 0.9) } })),
        },
      ]),
    };
  },
};
