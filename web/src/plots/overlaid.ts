// Several studies in one plot: how fast each got better, and how its values are spread.
import { type Ends, type Option, around, axis, base, legend, numberAxis, zoomTools } from "../chart";
import { type Study, type Value, distinct, rowsOf, tableOf } from "../data";
import { beyondNote, isMaximized, roomFor, shownValues, valuesOf } from "../outliers";
import { short, words } from "../text";
import type { Theme } from "../theme";
import type { PlotView, Setting } from "./view";

interface Line {
  name: string;
  points: number[][];
}

const metricsOf = (studies: Study[]): string[] => distinct(studies.flatMap((study) => study.objectives.map((objective) => objective.metric)));

function draw(theme: Theme, about: string, lines: Line[], x: object, y: object): Option | null {
  const drawn = lines.filter((line) => line.points.length > 0);
  if (drawn.length === 0) return null;
  return {
    ...base(theme, about, { trigger: "axis", valueFormatter: (value: unknown) => short(value) }),
    ...zoomTools(theme),
    legend: legend(theme, drawn.map((line) => line.name)),
    grid: { left: 28, right: 22, top: 40, bottom: 32, containLabel: true },
    xAxis: x,
    yAxis: y,
    series: drawn.map((line, i) => {
      const color = theme.series[i % theme.series.length];
      return { name: line.name, type: "line", step: "end", symbol: "none", lineStyle: { color, width: 2.5 }, itemStyle: { color }, data: line.points };
    }),
  };
}

function chosenMetric(setting: Setting, studies: Study[]): string {
  return setting.chosen["objective"] ?? metricsOf(studies)[0] ?? "";
}

/** Of each that measures it, for what is far off in one may be usual in another; the first says which way is better. */
function valuesOfEach(studies: Study[], metric: string): { values: number[][]; maximize: boolean } {
  const measuring = studies.filter((study) => study.objectives.some((objective) => objective.metric === metric));
  return { values: measuring.map((study) => valuesOf(study, metric).complete), maximize: measuring[0] !== undefined && isMaximized(measuring[0], metric) };
}

/** Studies that measure the same. */
export function overlaid(studies: Study[]): PlotView[] {
  const metrics = metricsOf(studies);
  const choices = (): { name: string; values: string[] }[] => [...(metrics.length > 1 ? [{ name: "objective", values: metrics }] : []), { name: "show", values: shownValues }];
  const endsIn = (setting: Setting): Ends => {
    const { values, maximize } = valuesOfEach(studies, chosenMetric(setting, studies));
    return around(values.flatMap((some) => roomFor(some, maximize, setting.chosen["show"])));
  };
  const notes = (setting: Setting): string[] => beyondNote(valuesOfEach(studies, chosenMetric(setting, studies)).values.flat(), endsIn(setting));
  const linesOf = (table: string, metric: string, pointOf: (row: Record<string, Value>) => (Value | undefined)[]): Line[] =>
    studies.map((study) => ({
      name: study.name,
      points: rowsOf<Record<string, Value>>(tableOf(study, table)).filter((row) => row["objective"] === metric).map(pointOf).filter((point) => point.every((at) => typeof at === "number")) as number[][],
    }));
  const bestOf = (metric: string): Line[] => linesOf("optimization_history", metric, (row) => [row["number"], row["best"]]);
  return [
    {
      name: "overlaid_history",
      title: "How fast each got better",
      about: "A line is a study: its best value so far.",
      choices,
      notes: (setting) => beyondNote(bestOf(chosenMetric(setting, studies)).flatMap((line) => line.points.map(([, best]) => best ?? 0)), endsIn(setting)),
      option(setting) {
        const metric = chosenMetric(setting, studies);
        return draw(setting.theme, this.about, bestOf(metric),
          axis(setting.theme, "trial", { type: "value", min: 0, max: "dataMax", minInterval: 1, splitLine: { show: false } }),
          numberAxis(setting.theme, words(metric), endsIn(setting), false));
      },
    },
    {
      name: "overlaid_edf",
      title: "How its values are spread",
      about: "Which share of a study's trials has at most this value.",
      choices,
      notes,
      option(setting) {
        const metric = chosenMetric(setting, studies);
        return draw(setting.theme, this.about, linesOf("edf", metric, (row) => [row["value"], row["share"]]),
          numberAxis(setting.theme, words(metric), endsIn(setting), false), axis(setting.theme, "share of trials", { type: "value", min: 0, max: 1 }));
      },
    },
  ];
}
