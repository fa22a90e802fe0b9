import { axis, base } from "../chart";
import { type Table, groupBy, rowsOf, tableOf } from "../data";
import { duration } from "../text";
import type { Theme } from "../theme";
import { type PlotView, type Setting, opacity, trialTooltip } from "./view";

interface Bar {
  number: number;
  attempt: number | null;
  state: string;
  worker: string | null;
  from_seconds: number | null;
  to_seconds: number | null;
  reason: string | null;
}

const laneHeight = 16;
const mostLanes = 400;

interface Lane {
  worker: string;
  until: number;
}

interface Placed extends Bar {
  from: number;
  to: number;
  lane: number;
}

interface Places {
  placed: Placed[];
  /** Whose each lane is. */
  workers: string[];
}

// Bars that overlap stand in lanes of their own; a worker's lanes stand together.
function place(bars: Bar[]): Places {
  const end = bars.reduce((most, bar) => Math.max(most, bar.to_seconds ?? bar.from_seconds ?? 0), 0);
  const timed = bars
    .filter((bar) => bar.from_seconds !== null)
    .map((bar) => ({ ...bar, worker: bar.worker ?? "", from: bar.from_seconds ?? 0, to: bar.to_seconds ?? end }))
    .sort((a, b) => a.from - b.from);
  const workers: string[] = [];
  const placed: Placed[] = [];
  for (const [worker, itsBars] of [...groupBy(timed, (bar) => bar.worker)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lanes: Lane[] = [];
    const first = workers.length;
    for (const bar of itsBars) {
      // Ends and beginnings of neighbours are a moment apart at most.
      let lane = lanes.findIndex((one) => one.until <= bar.from + 1e-3);
      if (lane < 0) lane = lanes.push({ worker, until: 0 }) - 1;
      (lanes[lane] as Lane).until = Math.max(bar.to, bar.from);
      placed.push({ ...bar, lane: first + lane });
    }
    workers.push(...lanes.map(() => worker));
  }
  return { placed: placed.filter((bar) => bar.lane < mostLanes), workers: workers.slice(0, mostLanes) };
}

const placesOfTables = new WeakMap<Table, Places>();

function placesOf(setting: Setting): Places {
  const table = tableOf(setting.study, "timeline");
  const places = placesOfTables.get(table) ?? place(rowsOf<Bar>(table));
  placesOfTables.set(table, places);
  return places;
}

function colourOf(state: string, theme: Theme): string {
  const colours: Record<string, string> = { COMPLETE: theme.good, PRUNED: theme.warn, FAIL: theme.bad, RUNNING: theme.accent, OPEN: theme.accent };
  return colours[state] ?? theme.muted;
}

export const timeline: PlotView = {
  name: "timeline",
  title: "Who did what when",
  about: "A bar is an attempt at a trial on its worker: green complete, amber pruned, red failed, grey lost or given back.",
  wide: true,
  height: (setting) => Math.max(110, placesOf(setting).workers.length * laneHeight + 70),
  option(setting) {
    const { study, theme } = setting;
    const { placed, workers } = placesOf(setting);
    if (placed.length === 0) return null;
    return {
      ...base(theme, this.about, { trigger: "item",
        formatter: (hit: { dataIndex: number }) => {
          const bar = placed[hit.dataIndex];
          return bar === undefined ? "" : trialTooltip(study, bar.number, [[bar.attempt === null ? "" : `attempt ${bar.attempt}`, bar.worker === "" ? "" : `on ${bar.worker}`].filter(Boolean).join(" "), `${bar.state} after ${duration(bar.to - bar.from)}`, bar.reason ?? ""]);
        } }),
      grid: { left: 12, right: 44, top: 8, bottom: 40, containLabel: true },
      xAxis: axis(theme, "since the study's beginning", { type: "value", min: 0, max: "dataMax", axisLabel: { color: theme.muted, hideOverlap: true, formatter: (value: number) => duration(value) } }),
      // One name for all lanes of a worker.
      yAxis: axis(theme, "", { type: "category", inverse: true, data: workers.map((worker, i) => (workers[i - 1] === worker ? "" : worker)), axisTick: { show: false }, axisLabel: { color: theme.ink, interval: 0, width: Math.min(200, setting.width * 0.3), overflow: "truncate", hideOverlap: true }, splitLine: { show: false } }),
      dataZoom: [{ type: "inside", filterMode: "weakFilter", zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, preventDefaultMouseMove: false }],
      series: [{
        type: "custom",
        encode: { x: [1, 2], y: 0 },
        renderItem: (at: { dataIndex: number; coordSys: { x: number; width: number } }, api: { value(i: number): number; coord(p: number[]): number[]; size(p: number[]): number[] }) => {
          const bar = placed[at.dataIndex];
          if (bar === undefined) return null;
          const [x = 0, y = 0] = api.coord([api.value(1), api.value(0)]);
          const [end = 0] = api.coord([api.value(2), api.value(0)]);
          const height = (api.size([0, 1])[1] ?? laneHeight) * 0.76;
          const left = Math.max(x, at.coordSys.x), right = Math.min(Math.max(end, x + 1.5), at.coordSys.x + at.coordSys.width);
          if (right < left) return null;
          return {
            type: "rect",
            shape: { x: left, y: y - height / 2, width: right - left, height, r: Math.min(2, (right - left) / 3) },
            style: { fill: colourOf(bar.state, theme), opacity: opacity(setting, bar.number, 0.9), stroke: theme.card, lineWidth: right - left > 4 ? 1 : 0 },
          };
        },
        data: placed.map((bar) => ({ value: [bar.lane, bar.from, bar.to], trial: bar.number })),
      }],
    };
  },
};
