import { type Ends, base, numberAxis, tooltip } from "../chart";
import { type Study, distinct, rowsOf, tableOf, valueAt } from "../data";
import { isMaximized, roomFor, valuesOf } from "../outliers";
import { short, words } from "../text";
import { type Hit, type PlotView, type Setting, chosenObjective, markOf, objectiveChoice, trialByNumber, trialOf, trialTooltip } from "./view";

interface Place {
  objective: string;
  x_parameter: string;
  y_parameter: string;
  x: number;
  y: number;
  value: number | null;
}

const between = " and ";
const mostPoints = 300;

function gridOf(study: Study): Place[] {
  return rowsOf<Place>(tableOf(study, "contour", 1));
}

function pairOf(place: Place): string {
  return place.x_parameter + between + place.y_parameter;
}

function placesOf(setting: Setting): Place[] {
  const places = gridOf(setting.study).filter((place) => place.objective === chosenObjective(setting));
  const first = places[0];
  const pair = setting.chosen["parameters"] ?? (first ? pairOf(first) : "");
  return places.filter((place) => pairOf(place) === pair);
}

// Half way to the neighbours, as they lie on the axis.
function edges(values: number[], log: boolean): number[] {
  const on = values.map((value) => (log ? Math.log(value) : value));
  const step = ((on.at(-1) ?? 0) - (on[0] ?? 0)) / Math.max(on.length - 1, 1);
  return [...on.map((value) => value - step / 2), (on.at(-1) ?? 0) + step / 2].map((value) => (log ? Math.exp(value) : value));
}

export const contour: PlotView = {
  name: "contour",
  title: "Two parameters at once",
  about: "The colour is the value between the trials, from those around.",
  isThere: (study) => tableOf(study, "contour", 1).rows.length > 0,
  choices: (study) => {
    const pairs = distinct(gridOf(study).map(pairOf));
    return [...objectiveChoice(study), ...(pairs.length > 1 ? [{ name: "parameters", values: pairs }] : [])];
  },
  option(setting) {
    const { study, theme } = setting;
    const places = placesOf(setting);
    const first = places[0];
    if (first === undefined) return null;
    const objective = chosenObjective(setting);
    const logOf = (parameter: string): boolean => study.parameters.find((p) => p.name === parameter)?.log ?? false;
    const [xLog, yLog] = [logOf(first.x_parameter), logOf(first.y_parameter)];
    const xs = distinct(places.map((place) => place.x)), ys = distinct(places.map((place) => place.y));
    const xEdges = edges(xs, xLog), yEdges = edges(ys, yLog);
    const values = places.map((place) => place.value).filter((value): value is number => value !== null);
    // Colours are for what the axes of other plots have room for: of one trial that went astray nobody needs to see more.
    const room = roomFor(valuesOf(study, objective).complete, isMaximized(study, objective));
    const low = Math.max(...[values, room].map((some) => some.reduce((a, b) => Math.min(a, b), Infinity)));
    const high = Math.min(...[values, room].map((some) => some.reduce((a, b) => Math.max(a, b), -Infinity)));
    const at = Math.max(study.objectives.findIndex((o) => o.metric === objective), 0);
    const trials = rowsOf<{ number: number }>(tableOf(study, "rank")).map((row) => trialByNumber(study, row.number)).filter((trial) => trial !== undefined);
    const all = trials.filter((trial) => typeof valueAt(trial.parameters, first.x_parameter) === "number" && typeof valueAt(trial.parameters, first.y_parameter) === "number");
    // More would hide what is below them.
    const every = Math.max(1, Math.ceil(all.length / mostPoints));
    const points = all.filter((trial, i) => i % every === 0 || trial.number === study.best?.number);
    const ends = (places: number[]): Ends => ({ min: places[0] ?? 0, max: places.at(-1) ?? 1 });
    return {
      ...base(theme, this.about, { trigger: "item",
        formatter: (hit: Hit & { value: number[] }) => {
          const trial = trialOf(hit);
          if (trial !== undefined) return trialTooltip(study, trial);
          const [x, y, value] = hit.value;
          return tooltip(`${words(objective)} about ${short(value)}`, [`${first.x_parameter} = ${short(x)}`, `${first.y_parameter} = ${short(y)}`]);
        } }),
      grid: { left: 28, right: 76, top: 12, bottom: 36, containLabel: true },
      xAxis: numberAxis(theme, first.x_parameter, ends(xs), xLog, { splitLine: { show: false } }),
      yAxis: numberAxis(theme, first.y_parameter, ends(ys), yLog, { splitLine: { show: false } }),
      visualMap: {
        type: "continuous", seriesIndex: 0, dimension: 3, min: low, max: high,
        right: 0, top: "middle", itemWidth: 12, itemHeight: 160, precision: 4, calculable: false,
        formatter: (value: number) => String(Number(Number(value).toPrecision(3))),
        text: [short(high), short(low)], textStyle: { color: theme.muted }, inRange: { color: theme.ramp },
      },
      series: [
        {
          type: "custom", clip: true,
          data: places.filter((place) => place.value !== null).map((place) => [place.x, place.y, place.value, Math.min(Math.max(place.value ?? low, low), high)]),
          renderItem: (_: unknown, api: { value(i: number): number; coord(p: number[]): number[]; visual(name: string): string }) => {
            const i = xs.indexOf(api.value(0)), j = ys.indexOf(api.value(1));
            const [left = 0, bottom = 0] = api.coord([xEdges[i] ?? 0, yEdges[j] ?? 0]);
            const [right = 0, top = 0] = api.coord([xEdges[i + 1] ?? 0, yEdges[j + 1] ?? 0]);
            // Half a pixel more: no light between neighbours.
            return { type: "rect", shape: { x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 }, style: { fill: api.visual("color") } };
          },
        },
        {
          type: "scatter", symbolSize: 6, clip: true,
          itemStyle: { color: theme.ink, opacity: 0.75, borderColor: theme.card, borderWidth: 1 },
          data: points.map((trial) => markOf(setting, trial.number, [trial.parameters[first.x_parameter], trial.parameters[first.y_parameter], trial.values[at]])),
        },
      ],
    };
  },
};
