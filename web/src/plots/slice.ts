import { type Ends, around, axis, base, nameLabels, numberAxis } from "../chart";
import { type Value, distinct, groupBy, rowsOf, tableOf } from "../data";
import { atItsEnd, beyondNote, isMaximized, roomFor, shownValues, valuesOf } from "../outliers";
import { compare, show, words } from "../text";
import { cells, heightOf } from "./small_multiples";
import { type PlotView, type Setting, chosenObjective, markWithin, objectiveChoice, trialTip } from "./view";

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

function endsIn(setting: Setting): Ends {
  const objective = chosenObjective(setting);
  return around(roomFor(valuesOf(setting.study, objective).complete, isMaximized(setting.study, objective), setting.chosen["show"]));
}

export const slice: PlotView = {
  name: "slice",
  title: "Each parameter by itself",
  about: "A point is a trial; the stronger its colour, the later it was tried.",
  wide: true,
  choices: (study) => [...objectiveChoice(study), { name: "show", values: shownValues }],
  notes: (setting) => beyondNote(valuesOf(setting.study, chosenObjective(setting)).complete, endsIn(setting), atItsEnd),
  height: (setting) => heightOf(parametersOf(setting).length, setting.width, head),
  option(setting) {
    const { study, theme } = setting;
    const objective = chosenObjective(setting);
    const parameters = parametersOf(setting);
    const points = rowsOf<Point>(tableOf(study, this.name)).filter((point) => point.objective === objective && point.value !== null);
    if (points.length === 0) return null;
    const places = cells(parameters.length, setting.width, head);
    const ends = endsIn(setting);
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
      return numberAxis(theme, parameter, around(values.map(Number), log), log, common);
    });
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      grid: places,
      xAxis: xAxes,
      yAxis: parameters.map((_, i) => numberAxis(theme, i === 0 || places[i]?.left === places[0]?.left ? words(objective) : "", ends, false, { gridIndex: i })),
      visualMap: {
        type: "continuous", min: 0, max: last, dimension: 2, orient: "horizontal", left: "right", top: -4, itemWidth: 12, itemHeight: 90, calculable: false,
        text: [`trial ${last}`, "trial 0"], textStyle: { color: theme.muted }, inRange: { color: theme.ramp.slice(1) },
      },
      series: parameters.map((_, i) => {
        const categorical = (xAxes[i] as { type: string }).type === "category";
        return {
          type: "scatter", xAxisIndex: i, yAxisIndex: i, symbolSize: points.length > 4000 ? 5 : 8,
          itemStyle: { opacity: 0.85, borderColor: theme.card, borderWidth: points.length > 4000 ? 0 : 0.5 },
          data: (of[i] ?? []).map((point) => markWithin(setting, point.number, ends, categorical ? show(point.x) : point.x, point.value ?? NaN)),
        };
      }),
    };
  },
};
