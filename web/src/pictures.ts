// The plots as pictures for papers: what `parzen report --svg` and `--png` take out of the page that was opened with
// "#pictures=svg" or "#pictures=png".
import { type Option, type Renderer, drawOnce } from "./chart";
import type { PageData } from "./data";
import { pictureViews } from "./plots";
import { type Setting, notesOf } from "./plots/view";
import { type Theme, readTheme } from "./theme";

interface Picture {
  /** Its place among the page's studies. */
  study: number;
  plot: string;
  /** The SVG's text, or a PNG in base64. */
  content: string;
}

const width = 900;
const usualHeight = 420;
const noteHeight = 18;

/** A plot with what is not seen in it told below. */
function withNotes(option: Option, notes: string[], theme: Theme): Option {
  const raised = (part: { bottom?: unknown }): object => (typeof part.bottom === "number" ? { ...part, bottom: part.bottom + noteHeight * notes.length } : part);
  const parts = ["grid", "parallel"].filter((name) => name in option).map((name) => {
    const part = option[name] as object | object[];
    return [name, Array.isArray(part) ? part.map(raised) : raised(part)];
  });
  const title = { text: notes.join("\n"), left: 12, bottom: 4, padding: 0, textStyle: { color: theme.muted, fontSize: 12, fontWeight: "normal", lineHeight: noteHeight, width: width - 24, overflow: "truncate" } };
  return { ...option, ...Object.fromEntries(parts), ...(notes.length > 0 ? { title } : {}) };
}

function draw(data: PageData, renderer: Renderer): Picture[] {
  const theme = readTheme();
  return data.studies.flatMap((study, i) => pictureViews.flatMap((view) => {
    const chosen = Object.fromEntries((view.choices?.(study) ?? []).map(({ name, values }) => [name, values[0] ?? ""]));
    const setting: Setting = { study, theme, chosen, selected: null, width };
    const option = view.option(setting);
    if (option === null) return [];
    const notes = notesOf(view, setting);
    const size = { width, height: (view.height?.(setting) ?? usualHeight) + noteHeight * notes.length };
    // Tools are for the mouse.
    return [{ study: i, plot: view.name, content: drawOnce({ ...withNotes(option, notes, theme), toolbox: { show: false } }, renderer, size, theme.card) }];
  }));
}

/** Nothing when the page was not opened for it. */
export function wantedPictures(): Renderer | undefined {
  const wanted = /^#pictures=(svg|png)$/.exec(location.hash)?.[1];
  return wanted === undefined ? undefined : wanted === "svg" ? "svg" : "canvas";
}

/** Leaves the pictures, as JSON, in the page in place of all else. */
export function leavePictures(data: PageData, renderer: Renderer): void {
  const pictures = document.createElement("script");
  pictures.type = "application/json";
  pictures.id = "pictures";
  // No "<": nothing in it may look like the element's end.
  pictures.textContent = JSON.stringify(draw(data, renderer)).replaceAll("<", "\\u003c");
  document.body.replaceChildren(pictures);
}
