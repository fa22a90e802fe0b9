// What a model learned from, and what it got right and wrong: rows of each class, confusion matrix, measures of each
// class, rows with their images. HTML, so that it can be read aloud, copied and printed.
import { type Study, groupBy, rowsOf, tableOf } from "./data";
import { choice, element } from "./dom";
import { greyImage, strip } from "./image";
import type { Count } from "./plots/confusion_matrix";
import { classesOf, classesShown, countNames, dataset } from "./plots/dataset";
import { count, short, sourceName } from "./text";

interface ClassRow {
  number: number;
  part: string;
  name: string;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  support: number;
}

interface Predicted {
  number: number;
  part: string;
  row: number;
  label: string;
  predicted: string;
  probability: number | null;
  height: number | null;
  width: number | null;
  image: string | null;
}

/** A card with a choice between the trials and parts that `rows` are of. Nothing when there are no rows. */
export function panel<Row extends { number: number; part: string }>(title: string, about: string, wide: boolean, rows: Row[], others: string[][], draw: (rows: Row[], chosen: string[]) => HTMLElement, nameOf: (row: Row) => string = sourceName): HTMLElement[] {
  const groups = groupBy(rows, nameOf);
  if (groups.size === 0) return [];
  const names = [...groups.keys()];
  let source = names[0] ?? "";
  const chosen = others.map(([, first]) => first ?? "");
  const holder = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}: table` });
  const redraw = (): void => holder.replaceChildren(draw(groups.get(source) ?? [], chosen));
  const controls = [
    ...(names.length > 1 ? [choice("of", names, source, (value) => { source = value; redraw(); })] : [element("span", { class: "note" }, source)]),
    ...others.map(([name = "", ...values], i) => choice(name, values, values[0] ?? "", (value) => { chosen[i] = value; redraw(); })),
  ];
  redraw();
  return [element("section", { class: wide ? "card wide" : "card", "aria-label": title },
    element("div", { class: "card-head" }, element("h2", {}, title), element("div", { class: "choices" }, ...controls)),
    element("p", { class: "note" }, about), holder)];
}

function drawConfusion(rows: Count[], [show]: string[]): HTMLElement {
  // Row by row, as many as there are columns; classes may have equal names.
  const size = Math.round(Math.sqrt(rows.length));
  const classes = rows.slice(0, size).map((row) => row.predicted);
  const head = element("tr", {}, element("th", { scope: "col" }, "is \\ said"), ...classes.map((name) => element("th", { scope: "col", class: "number" }, name)));
  return element("table", { class: "confusion" }, element("thead", {}, head), element("tbody", {}, ...classes.map((label, i) =>
    element("tr", {}, element("th", { scope: "row" }, label), ...classes.map((predicted, j) => {
      const row = rows[i * size + j];
      const share = row?.share ?? 0;
      const text = show === "shares" ? (share === 0 ? "" : share.toFixed(3)) : row === undefined || row.count === 0 ? "" : String(row.count);
      const made = element("td", { class: `number ${i === j ? "right" : "wrong"}`, title: `${label} said to be ${predicted}: ${row?.count ?? 0}` }, text);
      // Mistakes are few: their colour grows faster.
      made.style.setProperty("--share", String(i === j ? share : Math.min(1, share * 8)));
      return made;
    })))));
}

function drawClasses(rows: ClassRow[]): HTMLElement {
  const columns: (keyof ClassRow)[] = ["precision", "recall", "f1", "support"];
  return element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "class"), ...columns.map((name) => element("th", { scope: "col", class: "number" }, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row.name), ...columns.map((name) => element("td", { class: "number" }, short(row[name])))))));
}

function picture(row: Predicted): HTMLElement {
  const { height, width, image } = row;
  if (image === null || height === null || width === null) return element("span", { class: "picture none" }, `row ${row.row}`);
  return greyImage(image, height, width, `row ${row.row}: ${row.label}`);
}

function drawPredictions(rows: Predicted[], [show]: string[]): HTMLElement {
  const wanted = rows.filter((row) => (row.label !== row.predicted) === (show === "wrong"));
  if (wanted.length === 0) return element("p", { class: "empty" }, `None of the rows that were kept is ${show}.`);
  return element("div", { class: "pictures" }, ...wanted.map((row) =>
    element("figure", {}, picture(row), element("figcaption", {},
      element("b", { class: row.label === row.predicted ? "good" : "bad" }, row.predicted),
      row.label === row.predicted ? "" : ` not ${row.label}`,
      element("span", { class: "note" }, row.probability === null ? "" : ` ${(100 * row.probability).toFixed(0)}%`)))));
}

/** What the final model learned from: of each class how many rows there are, and some of them. */
function datasetPanel(study: Study): HTMLElement[] {
  const classes = classesOf(study);
  if (classes.length === 0) return [];
  const counts = countNames.filter(([name]) => classes.some((one) => one[name] > 0));
  const most = Math.max(...classes.flatMap((one) => counts.map(([name]) => one[name])), 1);
  const bar = (value: number): HTMLElement => {
    const filled = element("i");
    filled.style.width = `${(100 * value) / most}%`;
    return element("span", { class: "count" }, filled);
  };
  const images = (one: (typeof classes)[number]): HTMLElement => {
    const drawn = strip(one.images);
    for (const [name, value] of [["role", "img"], ["aria-label", `${count(one.images.length, "row")} of class ${one.name}`], ["class", "strip"]] as const) drawn.setAttribute(name, value);
    return drawn;
  };
  const hasImages = classes.some((one) => one.images.length > 0);
  const head = (name: string): HTMLElement => element("th", { scope: "col" }, name);
  const table = element("table", { class: "dataset" },
    element("thead", {}, element("tr", {}, head("class"), hasImages && head("some rows"), ...counts.map(([, name]) => head(name)))),
    element("tbody", {}, ...classes.map((one) => element("tr", {},
      element("th", { scope: "row" }, one.name), hasImages && element("td", {}, one.images.length > 0 && images(one)),
      ...counts.map(([name]) => element("td", {}, bar(one[name]), element("span", { class: "number" }, one[name].toLocaleString("en"))))))));
  return [element("section", { class: "card wide", "aria-label": dataset.title },
    element("div", { class: "card-head" }, element("h2", {}, dataset.title)), element("p", { class: "note" }, dataset.about, " ", classesShown(study)),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${dataset.title}: table` }, table))];
}

/** Of the best trials and the final model, as far as the study has kept it. */
export function modelPanels(study: Study, number?: number): HTMLElement[] {
  const of = <Row extends { number: number; part: string }>(plot: string): Row[] =>
    rowsOf<Row>(tableOf(study, plot)).filter((row) => number === undefined || (row.number === number && row.part !== "test"));
  return [
    ...(number === undefined ? datasetPanel(study) : []),
    ...panel("Confusion matrix", "A row for what it is, a column for what the model said.", false, of<Count>("confusion_matrix"), [["show", "counts", "shares"]], drawConfusion),
    ...panel("Each class", "Precision, recall and their harmonic mean; support is the number of rows.", false, of<ClassRow>("classification_report"), [], drawClasses),
    ...panel("Right and wrong", "What the model said, what it is, and how sure it was; the surest mistakes first.", true, of<Predicted>("predictions"), [["show", "wrong", "right"]], drawPredictions),
  ];
}
