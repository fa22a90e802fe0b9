// Which values a plot is scaled to: one trial that went astray must not leave all others on one line.
import { type Ends, around } from "./chart";
import { type Study, rowsOf, tableOf } from "./data";

/** The first is what is shown until the reader chooses. */
export const shownValues = ["without outliers", "all values", "the better half"];

// Of so few values none is far off.
const fewest = 5;
// Outliers are rare: where a larger share of the values is far off, it is what the study is like, and all are shown.
const largestShare = 1 / 4;
// So many times as far from the best as the better half reaches: a good half takes a twentieth of the axis, or more.
const farthest = 20;

/**
 * From where on values are outliers, on the worse side; none is Infinity. What the better half is like says so, as it is
 * not moved by how bad the worst are. cli/text_report.cc has the same rule.
 */
function outlierCost(costs: number[]): number {
  const sorted = [...costs].sort((a, b) => a - b);
  const [best = 0] = sorted;
  if (sorted.length < fewest) return Infinity;
  // Half of them may be equal.
  const reach = [0.5, 0.75, 0.9].map((part) => (sorted[Math.floor(part * (sorted.length - 1))] ?? best) - best).find((one) => one > 0);
  return reach === undefined ? Infinity : best + farthest * reach;
}

/** Those of the values that the axis is to have room for, as `shown` of shownValues says; `judged` says what is far off. */
export function roomFor(values: number[], maximize: boolean, shown = shownValues[0], judged = values): number[] {
  if (shown === "all values") return values;
  const costs = values.map((value) => (maximize ? -value : value));
  if (shown === "the better half") {
    const better = costs.sort((a, b) => a - b).slice(0, Math.max(2, Math.ceil(costs.length / 2)));
    return better.map((cost) => (maximize ? -cost : cost));
  }
  const most = outlierCost(maximize ? judged.map((value) => -value) : judged);
  const near = values.filter((_, i) => (costs[i] as number) <= most);
  return values.length - near.length > largestShare * values.length ? values : near;
}

export function isMaximized(study: Study, objective: string): boolean {
  return study.objectives.find(({ metric }) => metric === objective)?.direction === "MAXIMIZE";
}

interface Valued {
  /** Of the complete and pruned trials. */
  all: number[];
  complete: number[];
}

export function valuesOf(study: Study, objective: string): Valued {
  const points = rowsOf<{ objective: string; state: string; value: number | null }>(tableOf(study, "optimization_history")).filter((point) => point.objective === objective);
  const valuesOf = (some: typeof points): number[] => some.flatMap((point) => point.value ?? []);
  return { all: valuesOf(points), complete: valuesOf(points.filter((point) => point.state === "COMPLETE")) };
}

/** The ends of an axis of an objective's values. Complete trials say what is far off: what is pruned is none of the good ones. */
export function endsOf({ all, complete }: Valued, maximize: boolean, shown?: string): Ends {
  return around(roomFor(all, maximize, shown, complete.length > 0 ? complete : all));
}

/** Says how many of them the axis has no room for; nothing, where it has room for all. */
export function beyondNote(values: number[], { min, max }: Ends, drawnAs = ""): string[] {
  const beyond = values.filter((value) => value < min || value > max).length;
  if (beyond === 0) return [];
  return [`${beyond.toLocaleString("en")} of ${values.length.toLocaleString("en")} values ${beyond === 1 ? "lies" : "lie"} beyond the axis${drawnAs}`];
}

/** Where they are drawn all the same. */
export const atItsEnd = ", drawn at its end";
