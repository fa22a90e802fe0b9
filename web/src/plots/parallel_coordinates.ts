import { type Ends, base, logMarks, marksAt, tick } from "../chart";
import { type Value, distinct, tableOf } from "../data";
import { atItsEnd, beyondNote, isMaximized, roomFor, shownValues } from "../outliers";
import { compare, short, show, words } from "../text";
import { type PlotView, type Setting, chosenObjective, markOf, objectiveChoice, trialTip } from "./view";

const mostAxes = 12;

function endsAt(values: number[]): Ends {
  return { min: values.reduce((a, b) => Math.min(a, b), Infinity), max: values.reduce((a, b) => Math.max(a, b), -Infinity) };
}

const isNarrow = (setting: Setting): boolean => setting.width < 560;

/** Columns of the plot's table: the objective's, then the parameters'. */
function axesOf(setting: Setting): number[] {
  const { study } = setting;
  const objective = study.objectives.findIndex((one) => one.metric === chosenObjective(setting)) + 1;
  const parameters = tableOf(study, "parallel_coordinates").columns.map((_, i) => i).slice(study.objectives.length + 1);
  return [objective, ...parameters.slice(0, mostAxes)];
}

function valuesIn(setting: Setting): number[] {
  const at = axesOf(setting)[0] ?? 1;
  return tableOf(setting.study, "parallel_coordinates").rows.map((row) => Number(row[at]));
}

/** Of the objective's axis: it ends at the last value that it has room for. */
function endsIn(setting: Setting): Ends {
  const room = roomFor(valuesIn(setting), isMaximized(setting.study, chosenObjective(setting)), setting.chosen["show"]);
  return endsAt(room);
}

export const parallelCoordinates: PlotView = {
  name: "parallel_coordinates",
  title: "All trials through all parameters",
  about: "A line is a trial. Drag along an axis to look at the trials that pass there: the other plots and the table follow.",
  wide: true,
  choices: (study) => [...objectiveChoice(study), { name: "show", values: shownValues }],
  notes: (setting) => beyondNote(valuesIn(setting), endsIn(setting), atItsEnd),
  // On a phone axes lie below each other.
  height: (setting) => (isNarrow(setting) ? 64 * axesOf(setting).length + 40 : 360),
  option(setting) {
    const { study, theme } = setting;
    const table = tableOf(study, this.name);
    if (table.rows.length === 0) return null;
    const objective = chosenObjective(setting);
    const columns = axesOf(setting);
    const at = columns[0] ?? 1;
    const ends = endsIn(setting);
    const narrow = isNarrow(setting);
    const kindOf = (column: number): { log: boolean; categorical: boolean } => study.parameters.find((p) => p.name === table.columns[column]) ?? { log: false, categorical: false };
    // Readable above the lines.
    const label = { color: theme.ink, textBorderColor: theme.card, textBorderWidth: 3 };
    const axes = columns.map((column, dim) => {
      const values = table.rows.map((row) => row[column] ?? null).filter((value) => value !== null);
      const common = { dim, name: dim === 0 ? words(objective) : table.columns[column], nameLocation: narrow ? "start" : "end", nameTextStyle: { color: theme.ink, fontWeight: 600, ...(narrow ? { align: "left", verticalAlign: "bottom", padding: [0, 0, 6, 0], textBorderColor: theme.card, textBorderWidth: 3 } : { align: "center" }) }, nameTruncate: { maxWidth: narrow ? 200 : (setting.width - 160) / columns.length } };
      const isNumber = values.every((value) => typeof value === "number") && !kindOf(column).categorical;
      if (!isNumber) return { ...common, type: "category", data: distinct(values).sort(compare).map(show), axisLabel: { width: 90, overflow: "truncate", ...label } };
      const numbers = values as number[];
      const { min: low, max: high } = dim === 0 ? ends : endsAt(numbers);
      const log = kindOf(column).log && low > 0;
      const labels = { formatter: (value: number) => (value === low || value === high ? short(value) : tick(value)), hideOverlap: true, ...label };
      if (low === high) return { ...common, type: "value", axisLabel: labels };
      if (!log) return { ...common, type: "value", min: low, max: high, minInterval: numbers.every(Number.isInteger) ? 1 : undefined, axisLabel: labels };
      return { ...common, type: "log", min: low, max: high, ...marksAt([low, ...logMarks(low, high), high], { ...labels, showMinLabel: true, showMaxLabel: true }, { lineStyle: { color: theme.line } }) };
    });
    // The best are drawn last, above the others.
    const maximize = isMaximized(study, objective);
    const onAxis = (value: Value | undefined): Value => (typeof value === "number" ? Math.min(Math.max(value, ends.min), ends.max) : value ?? "-");
    const value = (row: Value[]): number => Number(row[at] ?? NaN);
    const rows = [...table.rows].sort((a, b) => (maximize ? value(a) - value(b) : value(b) - value(a)));
    const rank = new Map(rows.map((row, i) => [row, rows.length > 1 ? i / (rows.length - 1) : 1]));
    return {
      ...base(theme, this.about, { trigger: "item", formatter: trialTip(study) }),
      parallel: narrow ? { layout: "vertical", left: 24, right: 32, top: 30, bottom: 30 } : { left: 80, right: axes[axes.length - 1]?.type === "category" ? 110 : 80, top: 40, bottom: 24 },
      parallelAxis: axes.map((one) => ({
        axisTick: { lineStyle: { color: theme.line } },
        ...one,
        nameGap: narrow ? 4 : 14,
        axisLine: { lineStyle: { color: theme.muted } },
        areaSelectStyle: { width: 18, borderColor: theme.accent, color: theme.accent, opacity: 0.25 },
      })),
      visualMap: { show: false, type: "continuous", min: 0, max: 1, dimension: columns.length, inRange: { color: theme.ramp } },
      series: [{
        type: "parallel",
        progressive: 0,
        smooth: 0.15,
        inactiveOpacity: 0.03,
        activeOpacity: 0.9,
        lineStyle: { width: rows.length > 1000 ? 1 : 1.5, opacity: rows.length > 1000 ? 0.25 : 0.6 },
        emphasis: { lineStyle: { width: 3, opacity: 1 } },
        data: rows.map((row) => markOf(setting, Number(row[0]),
          [...columns.map((column, i) => (axes[i]?.type === "category" ? show(row[column]) || "-" : i === 0 ? onAxis(row[column]) : row[column] ?? "-")), rank.get(row)], "lineStyle")),
      }],
    };
  },
};
