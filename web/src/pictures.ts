// The plots as pictures for papers: what `parzen report --svg` and `--png` take out of the page that was opened with
// "#pictures=svg" or "#pictures=png".
import { type Renderer, drawOnce } from "./chart";
import type { PageData } from "./data";
import { pictureViews } from "./plots";
import type { Setting } from "./plots/view";
import { readTheme } from "./theme";

interface Picture {
  /** Its place among the page's studies. */
  study: number;
  plot: string;
  /** The SVG's text, or a PNG in base64. */
  content: string;
}

const width = 900;
const usualHeight = 420;

function draw(data: PageData, renderer: Renderer): Picture[] {
  const theme = readTheme();
  return data.studies.flatMap((study, i) => pictureViews.flatMap((view) => {
    const chosen = Object.fromEntries((view.choices?.(study) ?? []).map(({ name, values }) => [name, values[0] ?? ""]));
    const setting: Setting = { study, theme, chosen, selected: null, width };
    const option = view.option(setting);
    if (option === null) return [];
    const size = { width, height: view.height?.(setting) ?? usualHeight };
    // Tools are for the mouse.
    return [{ study: i, plot: view.name, content: drawOnce({ ...option, toolbox: { show: false } }, renderer, size, theme.card) }];
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
