import { axis, base, legend, numberLabels, zoomTools } from "../chart";
import { type Study, type Value, distinct, rowsOf, tableOf } from "../data";
import { short, words } from "../text";
import { type PlotView, type Setting } from "./view";

interface Epoch {
  number: number;
  training: string;
  epoch: number;
  quantity: string;
  value: number | null;
}

const epochsOf = (study: Study): Epoch[] => rowsOf<Epoch>(tableOf(study, "learning_curves"));

function nameOf(epoch: Epoch): string {
  return epoch.training === "final" ? `final training of trial ${epoch.number}` : `trial ${epoch.number}`;
}

/** "loss" and "validation_loss" belong together. */
function kindOf(quantity: string): string {
  return quantity.replace(/^validation_/, "");
}

function chosenCurves(setting: Setting): Epoch[] {
  const all = epochsOf(setting.study);
  const first = all[0];
  if (first === undefined) return [];
  const whose = setting.chosen["training"] ?? nameOf(first);
  const kind = setting.chosen["show"] ?? kindOf(first.quantity);
  return all.filter((epoch) => nameOf(epoch) === whose && kindOf(epoch.quantity) === kind);
}

export const learningCurves: PlotView = {
  name: "learning_curves",
  title: "Learning curves",
  about: "How training went, epoch by epoch, on the rows it learned from and on others.",
  choices: (study) => {
    const all = epochsOf(study);
    return [
      { name: "training", values: distinct(all.map(nameOf)) },
      { name: "show", values: distinct(all.map((epoch) => kindOf(epoch.quantity))) },
    ].filter((choice) => choice.values.length > 1);
  },
  option(setting) {
    const { theme } = setting;
    const curves = chosenCurves(setting).filter((epoch) => epoch.value !== null);
    if (curves.length === 0) return null;
    const quantities = distinct(curves.map((epoch) => epoch.quantity));
    const label = (quantity: string): string => (quantity.startsWith("validation_") ? "other rows" : quantities.length > 1 ? "training rows" : words(quantity));
    return {
      ...base(theme, this.about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
      ...zoomTools(theme),
      legend: legend(theme, quantities.map(label)),
      grid: { left: 28, right: 22, top: 36, bottom: 32, containLabel: true },
      xAxis: axis(theme, "epoch", { type: "value", min: "dataMin", max: "dataMax", minInterval: 1, splitLine: { show: false } }),
      yAxis: axis(theme, words(kindOf(quantities[0] ?? "")), { type: "value", scale: true, axisLabel: numberLabels(theme) }),
      series: quantities.map((quantity) => {
        const color = quantity.startsWith("validation_") ? theme.series[1] : theme.accent;
        const data: Value[][] = curves.filter((epoch) => epoch.quantity === quantity).map((epoch) => [epoch.epoch, epoch.value]);
        return { name: label(quantity), type: "line", symbolSize: 5, showSymbol: data.length < 40, lineStyle: { color, width: 2.5 }, itemStyle: { color }, data };
      }),
    };
  },
};
