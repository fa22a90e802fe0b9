// What models that learn without labels have found: clusters and their images, principal components and what is left of
// rows with few of them. HTML, so that it can be read aloud, copied and printed.
import { type Study, groupBy, rowsOf, tableOf } from "./data";
import { element } from "./dom";
import { greyImage } from "./image";
import { panel } from "./model_panels";
import { learnerName } from "./text";

interface Count {
  number: number;
  part: string;
  cluster: number;
  label: string | null;
  rows: number;
}

interface ClusterImage {
  number: number;
  part: string;
  cluster: number | null;
  kind: "center" | "row" | "drawn";
  height: number;
  width: number;
  image: string;
}

interface ComponentImage {
  number: number;
  part: string;
  kind: "component" | "original" | "reconstruction";
  components: number | null;
  item: number;
  height: number;
  width: number;
  image: string;
}

// Clusters beyond are told in the numbers behind the plot alone.
const mostClusters = 100;

/** The cluster's classes with their rows, the most frequent first. */
function classesOf(rows: Count[]): Count[] {
  return [...rows].sort((a, b) => b.rows - a.rows);
}

function whatIsLeftOut(rows: Count[]): HTMLElement[] {
  const all = new Set(rows.map((row) => row.cluster)).size;
  return all > mostClusters ? [element("p", { class: "note" }, `The first ${mostClusters} of ${all} clusters.`)] : [];
}

function drawCounts(rows: Count[]): HTMLElement {
  const clusters = [...groupBy(rows, (row) => row.cluster).values()].slice(0, mostClusters);
  const labels = (clusters[0] ?? []).map((row) => row.label ?? "rows");
  const head = element("tr", {}, element("th", { scope: "col" }, "cluster"), ...labels.map((label) => element("th", { scope: "col", class: "number" }, label)));
  return element("div", {}, element("table", { class: "confusion" }, element("thead", {}, head), element("tbody", {}, ...clusters.map((of, c) => {
    const all = of.reduce((sum, row) => sum + row.rows, 0);
    return element("tr", {}, element("th", { scope: "row" }, String(c)), ...of.map((row) => {
      const made = element("td", { class: "number right", title: `cluster ${c}, ${row.label ?? "rows"}: ${row.rows} of ${all}` }, row.rows === 0 ? "" : String(row.rows));
      made.style.setProperty("--share", String(all === 0 || row.label === null ? 0 : row.rows / all));
      return made;
    }));
  }))), ...whatIsLeftOut(rows));
}

function sheet(images: ClusterImage[], label: string): HTMLElement {
  return element("div", { class: "sheet" }, ...images.map((row, i) => {
    const made = greyImage(row.image, row.height, row.width, row.kind === "center" ? `${label}: centre` : `${label}: image ${i}`);
    if (row.kind === "center") made.classList.add("center");
    return made;
  }));
}

function drawImages(rows: ClusterImage[], counts: Count[]): HTMLElement {
  const byCluster = groupBy(rows.filter((row) => row.cluster !== null), (row) => row.cluster ?? 0);
  const sheets = [...byCluster].slice(0, mostClusters).map(([cluster, images]) => {
    const of = classesOf(counts.filter((count) => count.cluster === cluster));
    const all = of.reduce((sum, count) => sum + count.rows, 0);
    const most = of[0]?.label == null ? "" : `, ${((100 * of[0].rows) / Math.max(1, all)).toFixed(0)}% ${of[0].label}`;
    return element("figure", { class: "cluster" }, element("figcaption", {}, element("b", {}, `cluster ${cluster}`), element("span", { class: "note" }, ` ${all} rows${most}`)), sheet(images, `cluster ${cluster}`));
  });
  const drawn = rows.filter((row) => row.kind === "drawn");
  if (drawn.length > 0) sheets.push(element("figure", { class: "cluster" }, element("figcaption", {}, element("b", {}, "drawn from the mixture")), sheet(drawn, "drawn from the mixture")));
  return element("div", {}, ...sheets, ...whatIsLeftOut(counts));
}

function drawComponents(rows: ComponentImage[]): HTMLElement {
  return element("div", { class: "pictures" }, ...rows.filter((row) => row.kind === "component").map((row) =>
    element("figure", {}, greyImage(row.image, row.height, row.width, `component ${row.item + 1}`), element("figcaption", {}, String(row.item + 1)))));
}

function drawReconstructions(rows: ComponentImage[]): HTMLElement {
  const originals = rows.filter((row) => row.kind === "original");
  const line = (name: string, images: ComponentImage[]): HTMLElement =>
    element("tr", {}, element("th", { scope: "row", class: "number" }, name), ...images.map((row) => element("td", {}, greyImage(row.image, row.height, row.width, `row ${row.item}: ${name}`))));
  const lines = [...groupBy(rows.filter((row) => row.kind === "reconstruction"), (row) => row.components)].map(([components, images]) => line(String(components), images));
  return element("table", { class: "sheet-table" }, element("tbody", {}, line("as it is", originals), ...lines));
}

/** Of the best trials and the final model, as far as the study has kept it. */
export function unlabelledPanels(study: Study): HTMLElement[] {
  const counts = rowsOf<Count>(tableOf(study, "clusters"));
  const images = rowsOf<ClusterImage>(tableOf(study, "clusters", 1));
  const components = rowsOf<ComponentImage>(tableOf(study, "components", 1)).map((row) => ({ ...row, part: "test" }));
  const countsOf = ([first]: ClusterImage[]): Count[] => counts.filter((count) => count.number === first?.number && count.part === first.part);
  return [
    ...panel("Clusters and classes", "How many rows of each class, which it was not shown, are in each cluster.", false, counts, [], drawCounts, learnerName),
    ...panel("Clusters as images", "The centre of each, in a frame, and some of its rows.", true, images, [], (rows) => drawImages(rows, countsOf(rows)), learnerName),
    ...panel("Principal components", "Directions of the most variance, the first first: what is bright and what is dark vary against each other.", false, components, [], drawComponents, learnerName),
    ...panel("What few components leave", "Some rows, and the same with as many components as it says.", false, components, [], drawReconstructions, learnerName),
  ];
}
