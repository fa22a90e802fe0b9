import { around, axis, base, legend, numberLabels, zoomTools } from "../chart";
import { tableOf } from "../data";
import { words } from "../text";
import { type PlotView, markOf, trialTip } from "./view";

export const paretoFront: PlotView = {
  name: "pareto_front",
  title: "Pareto front",
  about: "A point is a trial on two objectives; no other trial beats those of the front in everything.",
  isThere: (study) => study.objectives.length > 1 && tableOf(study, "pareto_front").rows.length > 0,
  choices: (study) => {
    const names = study.objectives.map((objective) => objective.metric);
    return names.length < 3 ? [] : [{ name: "across", values: names }, { name: "up", values: [...names.slice(1), ...names.slice(0, 1)] }];
  },
  option(setting) {
    const { study, theme } = setting;
    const table = tableOf(study, this.name);
    if (table.rows.length === 0 || study.objectives.length < 2) return null;
    const names = study.objectives.map((objective) => objective.metric);
    const x = Math.max(names.indexOf(setting.chosen["across"] ?? names[0] ?? ""), 0);
    const y = Math.max(names.indexOf(setting.chosen["up"] ?? names[1] ?? ""), 0);
    const columns = 3;  // before those of the objectives: number, is_best, is_feasible
    const points = table.rows.map((row) => ({ number: Number(row[0]), best: row[1] === true, feasible: row[2] === true, at: [Number(row[columns + x]), Number(row[columns + y])] }));
    const side = (i: number, more: object): object => axis(theme, words(names[i] ?? ""), {
      type: "value", ...around(points.map((point) => Number(point.at[i === x ? 0 : 1]))), axisLabel: numberLabels(theme), ...more,
    });
    const kinds: [string, string, (point: (typeof points)[number]) => boolean][] = [
      ["trial", theme.accent, (point) => !point.best && point.feasible],
      ["breaks a constraint", theme.muted, (point) => !point.feasible],
      ["front", theme.good, (point) => point.best],
    ];
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      ...zoomTools(theme),
      legend: legend(theme, kinds.filter(([, , isOf]) => points.some(isOf)).map(([name]) => name)),
      grid: { left: 28, right: 16, top: 36, bottom: 32, containLabel: true },
      xAxis: side(x, {}),
      yAxis: side(y, {}),
      series: kinds.map(([name, color, isOf]) => ({
        name, type: "scatter", symbolSize: name === "front" ? 10 : 7, itemStyle: { color, opacity: name === "front" ? 1 : 0.5, borderColor: theme.card, borderWidth: points.length > 2000 ? 0 : 1 },
        data: points.filter(isOf).map((point) => markOf(setting, point.number, point.at)),
      })),
    };
  },
};
