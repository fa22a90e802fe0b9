import { around, axis, base, nameLabels, numberAxis } from "../chart";
import { type Value, distinct, rowsOf, tableOf } from "../data";
import { compare, show } from "../text";
import { type PlotView, type Setting, chosenObjective, markOf, objectiveChoice, trialByNumber, trialTip } from "./view";

interface Ranked {
  objective: string;
  number: number;
  value: number | null;
  rank: number;
}

function chosenAxes(setting: Setting): [string, string] {
  const names = setting.study.parameters.map((parameter) => parameter.name);
  const x = setting.chosen["across"] ?? names[0] ?? "";
  const y = setting.chosen["up"] ?? names.find((name) => name !== x) ?? "";
  return [x, y];
}

export const rank: PlotView = {
  name: "rank",
  title: "Where good trials lie",
  about: "A point is a trial on two parameters; the colour is its place among all trials, from the lowest value to the highest.",
  isThere: (study) => study.parameters.length > 1 && tableOf(study, "rank").rows.length > 0,
  choices: (study) => {
    const names = study.parameters.map((parameter) => parameter.name);
    if (names.length < 3) return objectiveChoice(study);
    return [...objectiveChoice(study), { name: "across", values: names }, { name: "up", values: [...names.slice(1), ...names.slice(0, 1)] }];
  },
  option(setting) {
    const { study, theme } = setting;
    const [x, y] = chosenAxes(setting);
    if (x === "" || y === "") return null;
    const objective = chosenObjective(setting);
    const ranked = rowsOf<Ranked>(tableOf(study, this.name)).filter((row) => row.objective === objective);
    const points = ranked.flatMap((row) => {
      const parameters = trialByNumber(study, row.number)?.parameters ?? {};
      const [at, up] = [parameters[x], parameters[y]];
      return at === undefined || up === undefined ? [] : [{ at, up, row }];
    });
    if (points.length === 0) return null;
    const axisOf = (name: string, values: Value[], more: object): { type: string } => {
      const kind = study.parameters.find((p) => p.name === name);
      if (kind?.categorical === true || !values.every((value) => typeof value === "number")) {
        return axis(theme, name, { type: "category", data: distinct(values).sort(compare).map(show), axisLabel: nameLabels(theme), ...more }) as { type: string };
      }
      const log = kind?.log === true && values.every((value) => Number(value) > 0);
      return numberAxis(theme, name, around(values.map(Number), log), log, more) as { type: string };
    };
    const xAxis = axisOf(x, points.map((point) => point.at), {}), yAxis = axisOf(y, points.map((point) => point.up), {});
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      grid: { left: 28, right: 76, top: 12, bottom: 36, containLabel: true },
      xAxis,
      yAxis,
      visualMap: { type: "continuous", min: 0, max: 1, dimension: 2, right: 0, top: "middle", itemWidth: 12, itemHeight: 160, calculable: false, text: ["highest", "lowest"], textStyle: { color: theme.muted }, inRange: { color: theme.ramp } },
      series: [{
        type: "scatter", symbolSize: points.length > 2000 ? 6 : 10,
        itemStyle: { opacity: 0.9, borderColor: theme.card, borderWidth: points.length > 2000 ? 0 : 1 },
        data: points.map(({ at, up, row }) => markOf(setting, row.number, [xAxis.type === "category" ? show(at) : at, yAxis.type === "category" ? show(up) : up, row.rank])),
      }],
    };
  },
};
