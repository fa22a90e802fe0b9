// Images as plots keep them: base64 of one byte a pixel, row by row, from black to white.

export interface Grey {
  height: number;
  width: number;
  image: string;
}

function put(drawing: CanvasRenderingContext2D, { height, width, image }: Grey, left: number): void {
  const pixels = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
  if (pixels.length < height * width) return;
  const data = drawing.createImageData(width, height);
  for (let i = 0; i < height * width; ++i) data.data.set([pixels[i] ?? 0, pixels[i] ?? 0, pixels[i] ?? 0, 255], 4 * i);
  drawing.putImageData(data, left, 0);
}

/** A canvas of these images, all of one size, side by side with a pixel between them; each of their pixels `scale` wide. */
export function strip(images: Grey[], scale = 1): HTMLCanvasElement {
  const { height = 1, width = 1 } = images[0] ?? {};
  const drawn = document.createElement("canvas");
  drawn.height = height;
  drawn.width = Math.max(images.length * (width + 1) - 1, 1);
  const drawing = drawn.getContext("2d");
  if (drawing === null) return drawn;
  images.forEach((image, i) => put(drawing, image, i * (width + 1)));
  if (scale === 1) return drawn;
  const large = document.createElement("canvas");
  large.height = drawn.height * scale;
  large.width = drawn.width * scale;
  const copying = large.getContext("2d");
  if (copying === null) return drawn;
  copying.imageSmoothingEnabled = false;
  copying.drawImage(drawn, 0, 0, large.width, large.height);
  return large;
}

/** One image on the page. `label` is what it shows, for those who cannot see it. */
export function greyImage(image: string, height: number, width: number, label: string): HTMLCanvasElement {
  const canvas = strip([{ height, width, image }]);
  for (const [name, value] of [["role", "img"], ["aria-label", label], ["class", "picture"]] as const) canvas.setAttribute(name, value);
  return canvas;
}
