import { type Ends, axis, base, legend, numberAxis, zoomTools } from "../chart";
import { rowsOf, tableOf } from "../data";
import { atItsEnd, beyondNote, endsOf, isMaximized, shownValues, valuesOf } from "../outliers";
import { words } from "../text";
import { type PlotView, type Setting, chosenObjective, markWithin, objectiveChoice, trialTip } from "./view";

interface Point {
  objective: string;
  number: number;
  state: string;
  value: number | null;
  best: number | null;
}

const pointsOf = (setting: Setting): Point[] => {
  const objective = chosenObjective(setting);
  return rowsOf<Point>(tableOf(setting.study, "optimization_history")).filter((point) => point.objective === objective);
};

function endsIn(setting: Setting): Ends {
  const objective = chosenObjective(setting);
  return endsOf(valuesOf(setting.study, objective), isMaximized(setting.study, objective), setting.chosen["show"]);
}

export const optimizationHistory: PlotView = {
  name: "optimization_history",
  title: "History",
  about: "A point is a trial; the line is the best value so far.",
  isThere: () => true,
  choices: (study) => [...objectiveChoice(study), { name: "show", values: shownValues }],
  notes: (setting) => beyondNote(valuesOf(setting.study, chosenObjective(setting)).all, endsIn(setting), atItsEnd),
  option(setting) {
    const { study, theme } = setting;
    const objective = chosenObjective(setting);
    const points = pointsOf(setting);
    const valued = points.filter((point): point is Point & { value: number } => point.value !== null);
    if (valued.length === 0) return null;
    const ends = endsIn(setting);
    const size = valued.length > 1000 ? 5 : valued.length > 200 ? 7 : 10;
    const isBest = (point: Point): boolean => study.objectives.length === 1 && point.number === study.best?.number;
    const series = (name: string, colour: string, opacity: number, which: (point: Point) => boolean, more: object = {}): object => ({
      name,
      type: "scatter",
      symbolSize: size,
      itemStyle: { color: colour, opacity, borderColor: theme.card, borderWidth: valued.length > 1000 ? 0 : 1 },
      data: valued.filter(which).map((point) => markWithin(setting, point.number, ends, point.number, point.value)),
      ...more,
    });
    const pruned = valued.some((point) => point.state === "PRUNED");
    const names = ["trial", ...(pruned ? ["pruned"] : []), "best so far", ...(valued.some(isBest) ? ["best"] : [])];
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      ...zoomTools(theme),
      legend: legend(theme, names),
      grid: { left: 28, right: 22, top: 36, bottom: 32, containLabel: true },
      xAxis: axis(theme, "trial", { type: "value", min: 0, max: points.reduce((most, point) => Math.max(most, point.number), 1), minInterval: 1, splitLine: { show: false } }),
      yAxis: numberAxis(theme, words(objective), ends, false),
      series: [
        {
          name: "best so far", type: "line", step: "end", symbol: "none", silent: true, z: 1,
          lineStyle: { color: theme.accent, width: 2.5 }, itemStyle: { color: theme.accent },
          data: points.filter((point) => point.best !== null).map((point) => [point.number, point.best]),
        },
        series("trial", theme.accent, 0.75, (point) => point.state !== "PRUNED" && !isBest(point)),
        ...(pruned ? [series("pruned", theme.warn, 0.75, (point) => point.state === "PRUNED", { symbol: "diamond" })] : []),
        series("best", theme.good, 1, isBest, { symbolSize: size + 6, z: 5 }),
      ],
    };
  },
};
