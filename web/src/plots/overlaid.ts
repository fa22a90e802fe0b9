// Several studies in one plot: how fast each got better, and how its values are spread.
import { type Option, around, axis, base, legend, numberLabels, zoomTools } from "../chart";
import { type Study, distinct, rowsOf, tableOf } from "../data";
import { short, words } from "../text";
import type { Theme } from "../theme";
import type { PlotView, Setting } from "./view";

interface Line {
  name: string;
  points: (number | null)[][];
}

const metricsOf = (studies: Study[]): string[] => distinct(studies.flatMap((study) => study.objectives.map((objective) => objective.metric)));

function draw(theme: Theme, about: string, lines: Line[], x: object, y: object): Option | null {
  const drawn = lines.filter((line) => line.points.length > 0);
  if (drawn.length === 0) return null;
  return {
    ...base(theme, about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
    ...zoomTools(theme),
    legend: legend(theme, drawn.map((line) => line.name)),
    grid: { left: 24, right: 16, top: 40, bottom: 32, containLabel: true },
    xAxis: x,
    yAxis: y,
    series: drawn.map((line, i) => {
      const color = theme.series[i % theme.series.length];
      return { name: line.name, type: "line", step: "end", symbol: "none", lineStyle: { color, width: 2.5 }, itemStyle: { color }, data: line.points };
    }),
  };
}

function chosenMetric(setting: Setting, studies: Study[]): string {
  return setting.chosen["objective"] ?? metricsOf(studies)[0] ?? "";
}

/** Studies that measure the same. */
export function overlaid(studies: Study[]): PlotView[] {
  const metrics = metricsOf(studies);
  const choices = (): { name: string; values: string[] }[] => (metrics.length > 1 ? [{ name: "objective", values: metrics }] : []);
  return [
    {
      name: "overlaid_history",
      title: "How fast each got better",
      about: "A line is a study: its best value so far.",
      choices,
      option(setting) {
        const metric = chosenMetric(setting, studies);
        const lines = studies.map((study) => ({
          name: study.name,
          points: rowsOf<{ objective: string; number: number; best: number | null }>(tableOf(study, "optimization_history"))
            .filter((point) => point.objective === metric && point.best !== null)
            .map((point) => [point.number, point.best]),
        }));
        const ends = around(lines.flatMap((line) => line.points.map((point) => point[1] ?? NaN)));
        return draw(setting.theme, this.about, lines, axis(setting.theme, "trial", { type: "value", min: 0, max: "dataMax", minInterval: 1, splitLine: { show: false } }),
          axis(setting.theme, words(metric), { type: "value", ...ends, nameGap: 52, axisLabel: numberLabels(setting.theme) }));
      },
    },
    {
      name: "overlaid_edf",
      title: "How its values are spread",
      about: "Which share of a study's trials has at most this value.",
      choices,
      option(setting) {
        const metric = chosenMetric(setting, studies);
        const lines = studies.map((study) => ({
          name: study.name,
          points: rowsOf<{ objective: string; value: number | null; share: number }>(tableOf(study, "edf"))
            .filter((point) => point.objective === metric && point.value !== null)
            .map((point) => [point.value, point.share]),
        }));
        const ends = around(lines.flatMap((line) => line.points.map((point) => point[0] ?? NaN)));
        return draw(setting.theme, this.about, lines, axis(setting.theme, words(metric), { type: "value", ...ends, axisLabel: numberLabels(setting.theme) }),
          axis(setting.theme, "share of trials", { type: "value", min: 0, max: 1, nameGap: 36 }));
      },
    },
  ];
}
