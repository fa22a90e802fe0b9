import { axis, base, legend, numberLabels, zoomTools } from "../chart";
import { rowsOf, tableOf } from "../data";
import { short } from "../text";
import { type PlotView } from "./view";

interface Explained {
  number: number;
  component: number;
  share: number;
  together: number;
}

export const components: PlotView = {
  name: "components",
  title: "What principal components explain",
  about: "The share of the variance of each component, and of all up to it together.",
  option(setting) {
    const { theme } = setting;
    const explained = rowsOf<Explained>(tableOf(setting.study, this.name));
    if (explained.length === 0) return null;
    const line = (name: string, color: string | undefined, value: (row: Explained) => number): object => ({
      name, type: "line", symbolSize: 5, showSymbol: explained.length < 40, lineStyle: { color, width: 2.5 }, itemStyle: { color },
      data: explained.map((row) => [row.component, value(row)]),
    });
    return {
      ...base(theme, this.about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
      ...zoomTools(theme),
      legend: legend(theme, ["all up to it", "by itself"]),
      grid: { left: 28, right: 22, top: 36, bottom: 32, containLabel: true },
      xAxis: axis(theme, "component", { type: "value", min: "dataMin", max: "dataMax", minInterval: 1, splitLine: { show: false } }),
      yAxis: axis(theme, "share of the variance", { type: "value", min: 0, max: 1, axisLabel: numberLabels(theme) }),
      series: [line("all up to it", theme.accent, (row) => row.together), line("by itself", theme.series[1], (row) => row.share)],
    };
  },
};
