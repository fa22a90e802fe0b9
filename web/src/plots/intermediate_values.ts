import { type Ends, around, axis, base, legend, numberAxis, zoomTools } from "../chart";
import { groupBy, rowsOf, tableOf } from "../data";
import { beyondNote, isMaximized, roomFor, shownValues } from "../outliers";
import { words } from "../text";
import { type PlotView, type Setting, opacity, trialTooltip } from "./view";

interface Step {
  number: number;
  state: string;
  step: number;
  value: number | null;
}

const valuesOf = (setting: Setting): number[] => rowsOf<Step>(tableOf(setting.study, "intermediate_values")).flatMap((step) => step.value ?? []);

const endsIn = (setting: Setting): Ends => {
  const [objective] = setting.study.objectives;
  return around(roomFor(valuesOf(setting), isMaximized(setting.study, objective?.metric ?? ""), setting.chosen["show"]));
};

export const intermediateValues: PlotView = {
  name: "intermediate_values",
  title: "On the way",
  about: "A line is a trial; what it reported after each step.",
  choices: () => [{ name: "show", values: shownValues }],
  notes: (setting) => beyondNote(valuesOf(setting), endsIn(setting)),
  option(setting) {
    const { study, theme } = setting;
    const steps = rowsOf<Step>(tableOf(study, this.name)).filter((step) => step.value !== null);
    if (steps.length === 0) return null;
    const curves = groupBy(steps, (step) => step.number);
    // A series for each kind, its curves apart by a gap: thousands of series would be slow. Those that are not looked at
    // are drawn below.
    const kinds: [string, string, (curve: Step) => boolean][] = [
      ["pruned", theme.warn, (curve) => curve.state === "PRUNED"],
      ["trial", theme.accent, (curve) => curve.state !== "PRUNED" && curve.number !== study.best?.number],
      ["best", theme.good, (curve) => curve.state !== "PRUNED" && curve.number === study.best?.number],
    ];
    const gap = { value: ["-", "-"] };
    const all = [...curves.values()];
    const series = kinds.flatMap(([name, color, isOf]) => [false, true].map((looksAt) => {
      const shown = all.filter((curve) => curve[0] !== undefined && isOf(curve[0]) && (opacity(setting, curve[0].number, 1) === 1) === looksAt);
      const usual = name === "best" ? 1 : shown.length > 200 ? 0.25 : 0.6;
      return {
        name, type: "line", symbolSize: 5, showSymbol: shown.some((curve) => curve.length === 1), connectNulls: false,
        itemStyle: { color }, lineStyle: { color, width: name === "best" ? 3 : 1.5, opacity: looksAt ? usual : 0.06 }, z: looksAt ? (name === "best" ? 4 : 3) : 2,
        data: shown.flatMap((curve) => [...curve.map((step) => ({ value: [step.step, step.value], trial: step.number })), gap]),
      };
    })).filter((one) => one.data.length > 0);
    return {
      ...base(theme, this.about, { trigger: "item", formatter: (mark: { data?: { trial?: number; value: number[] } }) => (mark.data?.trial === undefined ? "" : trialTooltip(study, mark.data.trial, [`step ${mark.data.value[0]}: ${mark.data.value[1]}`])) }),
      ...zoomTools(theme),
      legend: legend(theme, kinds.map(([name]) => name).filter((name) => series.some((one) => one.name === name))),
      grid: { left: 28, right: 22, top: 36, bottom: 32, containLabel: true },
      xAxis: axis(theme, "step", { type: "value", min: "dataMin", max: "dataMax", minInterval: 1, splitLine: { show: false } }),
      yAxis: numberAxis(theme, words(study.objectives[0]?.metric ?? ""), endsIn(setting), false),
      series,
    };
  },
};
