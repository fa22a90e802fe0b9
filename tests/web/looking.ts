// What browser tests look at a page with.
import type { Locator, Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const plot = (page: Page, name: string): Locator => page.locator(`[data-plot="${name}"]`);

/** The list of what goes wrong from now on: errors, dialogs, requests to anybody but `origin`. */
export function listen(page: Page, origin = "file://"): string[] {
  const wrong: string[] = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => !request.url().startsWith(origin) && !request.url().startsWith("data:") && wrong.push(`asked for ${request.url()}`));
  return wrong;
}

/** How many different colours a plot has: a blank one has one. */
export async function coloursOf(drawn: Locator): Promise<number> {
  return drawn.locator("canvas").first().evaluate((canvas: HTMLCanvasElement) => {
    const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set<number>();
    for (let i = 0; i < data.length; i += 4) colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
    return colours.size;
  });
}

/** Serious faults for people who cannot see, hear or use a mouse. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await (window as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run();
    return found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact)).map((fault) => `${fault.id}: ${fault.nodes[0]?.html} ${fault.nodes[0]?.failureSummary}`);
  });
}
