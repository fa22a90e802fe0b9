import { axis, base } from "../chart";
import { type Study, distinct, rowsOf, tableOf } from "../data";
import { short } from "../text";
import { type PlotView, type Setting, chosenObjective, objectiveChoice } from "./view";

interface Bar {
  objective: string;
  evaluator: string;
  parameter: string;
  share: number | null;
}

const mostBars = 20;

/** First the one that `parzen importance` takes unless it is told otherwise. */
function evaluatorsOf(study: Study): string[] {
  const all = distinct(rowsOf<Bar>(tableOf(study, "param_importances")).map((bar) => bar.evaluator));
  return [...all.filter((name) => name === "ped_anova"), ...all.filter((name) => name !== "ped_anova")];
}

function shares(setting: Setting): Bar[] {
  const bars = rowsOf<Bar>(tableOf(setting.study, "param_importances")).filter((bar) => bar.objective === chosenObjective(setting));
  const evaluator = setting.chosen["evaluator"] ?? evaluatorsOf(setting.study)[0];
  return bars.filter((bar) => bar.evaluator === evaluator && bar.share !== null).sort((a, b) => (b.share ?? 0) - (a.share ?? 0)).slice(0, mostBars);
}

export const paramImportances: PlotView = {
  name: "param_importances",
  title: "What mattered",
  about: "How much of the difference between the trials' values each parameter explains.",
  choices: (study) => {
    const evaluators = evaluatorsOf(study);
    return [...objectiveChoice(study), ...(evaluators.length > 1 ? [{ name: "evaluator", values: evaluators }] : [])];
  },
  height: (setting) => Math.max(120, 28 * shares(setting).length + 70),
  option(setting) {
    const { theme } = setting;
    const bars = shares(setting).reverse();
    if (bars.length === 0) return null;
    return {
      ...base(theme, this.about),
      grid: { left: 8, right: 48, top: 8, bottom: 36, containLabel: true },
      xAxis: axis(theme, "share of what all explain", { type: "value", min: 0, nameGap: 26 }),
      yAxis: axis(theme, "", { type: "category", data: bars.map((bar) => bar.parameter), axisLabel: { color: theme.ink, width: Math.min(220, setting.width * 0.4), overflow: "truncate" }, axisTick: { show: false } }),
      series: [{
        type: "bar", barMaxWidth: 18, itemStyle: { color: theme.accent, borderRadius: [0, 4, 4, 0] }, silent: true,
        label: { show: true, position: "right", color: theme.muted, formatter: (at: { value: number }) => (at.value < 0.005 && at.value > 0 ? "<0.01" : at.value.toFixed(2)) },
        data: bars.map((bar) => Number(short(bar.share))),
      }],
    };
  },
};
