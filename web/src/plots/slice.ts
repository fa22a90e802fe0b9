import { around, axis, base, nameLabels, numberLabels } from "../chart";
import { type Value, distinct, groupBy, rowsOf, tableOf } from "../data";
import { compare, show, words } from "../text";
import { cells, heightOf } from "./small_multiples";
import { type PlotView, type Setting, chosenObjective, markOf, objectiveChoice, trialTip } from "./view";

interface Point {
  objective: string;
  parameter: string;
  number: number;
  x: Value;
  value: number | null;
}

// More are told apart by nobody; the table of the trials has all.
const mostParameters = 16;
const head = 34;

function parametersOf(setting: Setting): string[] {
  const objective = chosenObjective(setting);
  const { columns, rows } = tableOf(setting.study, "slice");
  const [of, parameter] = [columns.indexOf("objective"), columns.indexOf("parameter")];
  return distinct(rows.filter((row) => row[of] === objective).map((row) => String(row[parameter]))).slice(0, mostParameters);
}

export const slice: PlotView = {
  name: "slice",
  title: "Each parameter by itself",
  about: "A point is a trial; the darker, the later it was tried.",
  wide: true,
  choices: objectiveChoice,
  height: (setting) => heightOf(parametersOf(setting).length, setting.width, head),
  option(setting) {
    const { study, theme } = setting;
    const objective = chosenObjective(setting);
    const parameters = parametersOf(setting);
    const points = rowsOf<Point>(tableOf(study, this.name)).filter((point) => point.objective === objective && point.value !== null);
    if (points.length === 0) return null;
    const places = cells(parameters.length, setting.width, head);
    const { min, max } = around(points.map((point) => point.value ?? NaN));
    const last = points.reduce((most, point) => Math.max(most, point.number), 1);
    const byParameter = groupBy(points, (point) => point.parameter);
    const of = parameters.map((parameter) => byParameter.get(parameter));
    const xAxes = parameters.map((parameter, i) => {
      const values = (of[i] ?? []).map((point) => point.x);
      const kind = study.parameters.find((p) => p.name === parameter);
      const common = { gridIndex: i, splitLine: { show: false }, nameTextStyle: { color: theme.ink, fontWeight: 600, width: places[i]?.width, overflow: "truncate" } };
      if (kind?.categorical === true || !values.every((value) => typeof value === "number")) {
        return axis(theme, parameter, { ...common, type: "category", data: distinct(values).sort(compare).map(show), axisLabel: nameLabels(theme) });
      }
      const log = kind?.log === true && values.every((value) => Number(value) > 0);
      const ends = around(values.map(Number), log);
      return axis(theme, parameter, { ...common, type: log ? "log" : "value", ...ends, axisLabel: numberLabels(theme) });
    });
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      grid: places,
      xAxis: xAxes,
      yAxis: parameters.map((_, i) => axis(theme, i === 0 || places[i]?.left === places[0]?.left ? words(objective) : "", { gridIndex: i, type: "value", min, max, nameGap: 42, axisLabel: numberLabels(theme) })),
      visualMap: {
        type: "continuous", min: 0, max: last, dimension: 2, orient: "horizontal", left: "right", top: -4, itemWidth: 12, itemHeight: 90, calculable: false,
        text: [`trial ${last}`, "trial 0"], textStyle: { color: theme.muted }, inRange: { color: theme.ramp },
      },
      series: parameters.map((_, i) => {
        const categorical = (xAxes[i] as { type: string }).type === "category";
        return {
          type: "scatter", xAxisIndex: i, yAxisIndex: i, symbolSize: points.length > 4000 ? 5 : 8,
          itemStyle: { opacity: 0.85, borderColor: theme.card, borderWidth: points.length > 4000 ? 0 : 0.5 },
          data: (of[i] ?? []).map((point) => markOf(setting, point.number, [categorical ? show(point.x) : point.x, point.value])),
        };
      }),
    };
  },
};
