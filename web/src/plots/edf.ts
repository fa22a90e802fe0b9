import { type Ends, around, axis, base, numberAxis } from "../chart";
import { rowsOf, tableOf } from "../data";
import { beyondNote, isMaximized, roomFor, shownValues, valuesOf } from "../outliers";
import { short, words } from "../text";
import { type PlotView, type Setting, chosenObjective, objectiveChoice } from "./view";

interface Point {
  objective: string;
  value: number | null;
  share: number;
}

function endsIn(setting: Setting): Ends {
  const objective = chosenObjective(setting);
  return around(roomFor(valuesOf(setting.study, objective).complete, isMaximized(setting.study, objective), setting.chosen["show"]));
}

export const edf: PlotView = {
  name: "edf",
  title: "Distribution of values",
  about: "Which share of the trials has at most this value.",
  choices: (study) => [...objectiveChoice(study), { name: "show", values: shownValues }],
  notes: (setting) => beyondNote(valuesOf(setting.study, chosenObjective(setting)).complete, endsIn(setting)),
  option(setting) {
    const { study, theme } = setting;
    const objective = chosenObjective(setting);
    const points = rowsOf<Point>(tableOf(study, this.name)).filter((point) => point.objective === objective && point.value !== null);
    if (points.length === 0) return null;
    return {
      ...base(theme, this.about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
      grid: { left: 28, right: 22, top: 12, bottom: 32, containLabel: true },
      xAxis: numberAxis(theme, words(objective), endsIn(setting), false),
      yAxis: axis(theme, "share of trials", { type: "value", min: 0, max: 1 }),
      series: [{ name: "share", type: "line", step: "end", symbol: "none", lineStyle: { color: theme.accent, width: 2 }, itemStyle: { color: theme.accent }, areaStyle: { color: theme.accent, opacity: 0.12 }, data: points.map((point) => [point.value, point.share]) }],
    };
  },
};
