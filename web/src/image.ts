// Grey images as the study keeps them: base64 of one byte a pixel, row by row.
import { element } from "./dom";

/** `label` is what it shows, for those who cannot see it. Empty where the bytes are fewer than the pixels. */
export function greyImage(image: string, height: number, width: number, label: string): HTMLCanvasElement {
  const canvas = element("canvas", { width, height, role: "img", "aria-label": label, class: "picture" });
  const pixels = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
  const drawing = canvas.getContext("2d");
  if (drawing === null || pixels.length < height * width) return canvas;
  const data = drawing.createImageData(width, height);
  for (let i = 0; i < height * width; ++i) data.data.set([pixels[i] ?? 0, pixels[i] ?? 0, pixels[i] ?? 0, 255], 4 * i);
  drawing.putImageData(data, 0, 0);
  return canvas;
}
