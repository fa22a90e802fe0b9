import { axis, base, legend, tooltip } from "../chart";
import { type Study, type Value, distinct, groupBy, rowsOf, tableOf } from "../data";
import { greyImage } from "../image";
import { compare, short } from "../text";
import { type Theme } from "../theme";
import { type PlotView, type Setting, trialByNumber } from "./view";

interface Place {
  number: number;
  row: number | null;
  label: string | null;
  x: number;
  y: number | null;
  z: number | null;
  height: number | null;
  width: number | null;
  image: string | null;
}

const together = "side by side";
const head = 40;
const imageSize = 22;
/** One for each class: the theme's while they last, else all around the circle, neighbours apart in lightness too. */
function coloursOf(classes: number, theme: Theme): string[] {
  if (classes <= theme.series.length) return theme.series;
  return Array.from({ length: classes }, (_, i) => `hsl(${Math.round((360 * i) / classes)}, 68%, ${[42, 62, 50][i % 3] ?? 50}%)`);
}

const placesOf = (study: Study): Place[] => rowsOf<Place>(tableOf(study, "places"));

/** "trial 3: perplexity 30". */
function nameOf(study: Study, number: number): string {
  const parameters = Object.entries(trialByNumber(study, number)?.parameters ?? {}).slice(0, 2);
  const said = parameters.map(([name, value]) => `${name} ${short(value)}`).join(", ");
  return said === "" ? `trial ${number}` : `trial ${number}: ${said}`;
}

/** By their parameter, where there is but one; as they come (the best first) otherwise. */
function inOrder(study: Study, numbers: number[]): number[] {
  const only = study.parameters.length === 1 ? study.parameters[0] : undefined;
  if (only === undefined) return numbers;
  const value = (number: number): Value => trialByNumber(study, number)?.parameters[only.name] ?? null;
  if (!numbers.every((number) => Number.isFinite(Number(value(number) ?? NaN)))) return numbers;
  return [...numbers].sort((a, b) => Number(value(a)) - Number(value(b)));
}

function shownTrials(setting: Setting): number[] {
  const numbers = inOrder(setting.study, distinct(placesOf(setting.study).map((place) => place.number)));
  const chosen = setting.chosen["show"] ?? together;
  return chosen === together ? numbers : numbers.filter((number) => nameOf(setting.study, number) === chosen);
}

function columnsFor(count: number, width: number): number {
  return Math.max(1, Math.min(count, Math.floor(width / 260), 4));
}

function sideOf(setting: Setting, count: number): number {
  return Math.min(setting.width / columnsFor(count, setting.width), 560);
}

/** Which two of its coordinates a row is drawn at. */
function at(place: Place, axes: string): [number, number] {
  const [first, second] = axes === "x and z" ? [place.x, place.z] : axes === "y and z" ? [place.y, place.z] : [place.x, place.y];
  return [first ?? 0, second ?? 0];
}

export const places: PlotView = {
  name: "places",
  title: "Where rows are placed",
  about: "Each mark is a row, near those that the embedding found like it; axes mean nothing by themselves.",
  wide: true,
  choices: (study) => {
    const all = placesOf(study);
    const trials = distinct(all.map((place) => nameOf(study, place.number)));
    return [
      { name: "show", values: trials.length > 1 ? [together, ...trials] : [] },
      { name: "as", values: all.some((place) => place.image !== null) ? ["points", "images"] : [] },
      { name: "axes", values: all.some((place) => place.z !== null) ? ["x and y", "x and z", "y and z"] : [] },
    ].filter((choice) => choice.values.length > 1);
  },
  height: (setting) => {
    const count = Math.max(1, shownTrials(setting).length);
    return head + (sideOf(setting, count) + 24) * Math.ceil(count / columnsFor(count, setting.width));
  },
  option(setting) {
    const { study, theme } = setting;
    const numbers = shownTrials(setting);
    const asImages = setting.chosen["as"] === "images";
    const all = placesOf(study).filter((place) => numbers.includes(place.number) && (!asImages || place.image !== null));
    if (all.length === 0) return null;
    const labels = distinct(all.map((place) => place.label ?? "")).sort(compare);
    const colours = coloursOf(labels.length, theme);
    const columns = columnsFor(numbers.length, setting.width);
    const each = setting.width / columns;
    const side = sideOf(setting, numbers.length);
    const hidden = { axisLabel: { show: false }, axisTick: { show: false }, splitLine: { show: false }, scale: true };
    const axes = setting.chosen["axes"] ?? "x and y";
    const mark = (place: Place): object => ({
      value: at(place, axes), trial: place.number, place,
      ...(asImages ? { symbol: `image://${greyImage(place.image ?? "", place.height ?? 0, place.width ?? 0, "").toDataURL()}` } : {}),
    });
    return {
      ...base(theme, this.about, {
        trigger: "item",
        formatter: ({ data: { place } }: { data: { place: Place } }) => {
          const made = tooltip(place.label ?? "", [`row ${place.row ?? ""}`]);
          if (place.image !== null) made.append(greyImage(place.image, place.height ?? 0, place.width ?? 0, `row ${place.row ?? ""}`));
          return made;
        },
      }),
      legend: labels.length > 1 ? legend(theme, labels) : { show: false },
      grid: numbers.map((_, i) => ({ left: each * (i % columns) + 6, top: head + (side + 24) * Math.floor(i / columns), width: Math.min(each, side) - 12, height: side - 12 })),
      xAxis: numbers.map((number, i) => axis(theme, nameOf(study, number), { ...hidden, gridIndex: i, type: "value", nameGap: 8, nameTextStyle: { color: theme.ink, fontWeight: 600, width: each - 20, overflow: "truncate" } })),
      yAxis: numbers.map((_, i) => axis(theme, "", { ...hidden, gridIndex: i, type: "value" })),
      series: numbers.flatMap((number, i) => [...groupBy(all.filter((place) => place.number === number), (place) => place.label ?? "")].map(([label, some]) => {
        return {
          name: label, type: "scatter", xAxisIndex: i, yAxisIndex: i, symbolSize: asImages ? imageSize : numbers.length > 1 ? 5 : 7,
          itemStyle: { color: colours[labels.indexOf(label)], opacity: asImages ? 1 : 0.8 }, data: some.map(mark),
        };
      })),
    };
  },
};
