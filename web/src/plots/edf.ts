import { around, axis, base, numberLabels } from "../chart";
import { rowsOf, tableOf } from "../data";
import { short, words } from "../text";
import { type PlotView, chosenObjective, objectiveChoice } from "./view";

interface Point {
  objective: string;
  value: number | null;
  share: number;
}

export const edf: PlotView = {
  name: "edf",
  title: "Distribution of values",
  about: "Which share of the trials has at most this value.",
  choices: objectiveChoice,
  option(setting) {
    const { study, theme } = setting;
    const objective = chosenObjective(setting);
    const points = rowsOf<Point>(tableOf(study, this.name)).filter((point) => point.objective === objective && point.value !== null);
    if (points.length === 0) return null;
    return {
      ...base(theme, this.about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
      grid: { left: 24, right: 16, top: 12, bottom: 32, containLabel: true },
      xAxis: axis(theme, words(objective), { type: "value", ...around(points.map((point) => point.value ?? NaN)), axisLabel: numberLabels(theme) }),
      yAxis: axis(theme, "share of trials", { type: "value", min: 0, max: 1, nameGap: 36 }),
      series: [{ name: "share", type: "line", step: "end", symbol: "none", lineStyle: { color: theme.accent, width: 2 }, itemStyle: { color: theme.accent }, areaStyle: { color: theme.accent, opacity: 0.12 }, data: points.map((point) => [point.value, point.share]) }],
    };
  },
};
