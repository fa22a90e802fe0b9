import { axis, base } from "../chart";
import { tableOf } from "../data";
import { type PlotView } from "./view";

export const hypervolumeHistory: PlotView = {
  name: "hypervolume_history",
  title: "Hypervolume",
  about: "How much of the space of objectives the trials so far dominate.",
  isThere: (study) => study.objectives.length > 1 && tableOf(study, "hypervolume_history").rows.length > 0,
  option(setting) {
    const { study, theme } = setting;
    const table = tableOf(study, this.name);
    if (table.rows.length === 0) return null;
    return {
      ...base(theme, this.about, { trigger: "axis" }),
      grid: { left: 28, right: 22, top: 12, bottom: 32, containLabel: true },
      xAxis: axis(theme, "trial", { type: "value", min: 0, max: "dataMax", minInterval: 1, splitLine: { show: false } }),
      yAxis: axis(theme, "hypervolume", { type: "value", min: 0 }),
      series: [{ name: "hypervolume", type: "line", step: "end", symbol: "none", lineStyle: { color: theme.accent, width: 2.5 }, itemStyle: { color: theme.accent }, data: table.rows }],
    };
  },
};
