// The report in a real browser: what it draws must be what the database holds, for everybody.
import { type Locator, type Page, expect, test } from "@playwright/test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { axeFaults, coloursOf, listen, plot } from "./looking";
import { Studies, astray, clusters, empty, forest, front, hostile, network } from "./studies";

const outputs = process.env["TEST_UNDECLARED_OUTPUTS_DIR"] ?? ".";
const studies = new Studies();

test.beforeAll(() => {
  for (const study of [forest, network, front, clusters]) studies.run(study);
  studies.create(empty);
  studies.create(astray);
  for (const value of [0.95, 0.94, 1e6, 0.93, 0.92, 0.96, 0.91]) studies.tell("astray", ["--value", String(value)]);
  studies.tell("astray", ["--step", "1=2"]);
  studies.parzen("trial", "tell", "astray", "7", "--state", "PRUNED", "--db", "studies.db");
  studies.tell("astray", ["--state", "FAIL", "--reason", "no luck"]);
  studies.parzen("trial", "enqueue", "astray", "--set", "rate=0.0045", "--db", "studies.db");
});

/** Opens the report; everything that goes wrong on the page is in the list. */
async function open(page: Page, names: string[]): Promise<string[]> {
  const wrong = listen(page);
  await page.goto(studies.report(names));
  await expect(page.locator(".chart:empty")).toHaveCount(0);
  return wrong;
}

const rows = (page: Page): Locator => page.locator("#trials tbody tr");

test("every plot of a study draws, without an error and without the network", async ({ page }) => {
  const wrong = await open(page, ["forest"]);
  for (const name of ["optimization_history", "param_importances", "parallel_coordinates", "slice", "contour", "rank", "edf", "timeline"]) {
    expect(await coloursOf(plot(page, name)), name).toBeGreaterThan(3);
  }
  await expect(plot(page, "pareto_front")).toHaveCount(0);
  await expect(page.getByRole("group", { name: "Actions" })).toHaveCount(0);
  expect(wrong).toEqual([]);
});

test("a study of networks shows how they learned, by epoch and by trial", async ({ page }) => {
  const wrong = await open(page, [hostile]);
  for (const name of ["learning_curves", "intermediate_values"]) expect(await coloursOf(plot(page, name)), name).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

test("a study of two objectives shows its front", async ({ page }) => {
  const wrong = await open(page, ["front"]);
  for (const name of ["pareto_front", "hypervolume_history"]) expect(await coloursOf(plot(page, name)), name).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

test("the head says what won, how well, and by which parameters", async ({ page }) => {
  await open(page, ["forest"]);
  const best = JSON.parse(studies.parzen("best", "forest", "--db", "studies.db", "-f", "json")) as Record<string, unknown>[] | Record<string, unknown>;
  const trial = (Array.isArray(best) ? best[0] : best) as Record<string, unknown>;
  await expect(page.locator(".cards .card").first()).toContainText(`trial ${trial["number"]}`);
  await expect(page.locator(".pairs")).toContainText(String(trial["criterion"]));
  await expect(page.locator(".cards")).toContainText("Test accuracy");
  await expect(page.locator(".cards")).toContainText("40 / 40");
});

test("a hostile name is text, and no script but the page's own runs", async ({ page }) => {
  const wrong = await open(page, [hostile]);
  await expect(page.locator("h1")).toHaveText(hostile);
  await expect(page.locator("#broken")).toHaveCount(0);
  expect(wrong).toEqual([]);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    return "intruder" in window;
  });
  expect(ran).toBe(false);
});

test("the table has a row for each trial, sorts, and filters by words and conditions", async ({ page }) => {
  await open(page, ["forest"]);
  await expect(rows(page)).toHaveCount(40);
  await page.getByRole("button", { name: "depth", exact: true }).click();
  const depths = await page.locator("#trials tbody tr td:nth-child(5)").allTextContents();
  expect(depths.map(Number)).toEqual(depths.map(Number).sort((a, b) => a - b));
  await page.getByRole("searchbox").fill("depth > 6 GINI");
  const shown = await rows(page).allTextContents();
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThan(40);
  for (const row of shown) expect(row).toContain("GINI");
  await expect(page.getByRole("status")).toHaveText(`${shown.length} of 40 trials`);
  await page.getByRole("button", { name: "Look at all trials again" }).click();
  await expect(rows(page)).toHaveCount(40);
});

test("dragging along an axis leaves the trials that pass there, in all of the page", async ({ page }) => {
  await open(page, ["forest"]);
  const lines = plot(page, "parallel_coordinates");
  await lines.scrollIntoViewIfNeeded();
  const box = await lines.boundingBox();
  if (box === null) throw new Error("the plot is not there");
  // The second of four axes, the first and the last of which are 80 and 110 pixels from the ends.
  const x = box.x + 80 + (box.width - 190) / 3;
  await page.mouse.move(x, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(x, box.y + 120, { steps: 5 });
  await page.mouse.move(x, box.y + 170, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByRole("status")).toContainText("of 40 trials");
  const left = await rows(page).count();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(40);
  // The brush goes with what it was drawn on, and what it chose with it.
  await lines.locator("xpath=..").getByLabel("show").selectOption("the better half");
  await expect(rows(page)).toHaveCount(40);
});

test("the mouse over a point tells its trial, a click shows all of it", async ({ page }) => {
  await open(page, ["forest"]);
  const history = plot(page, "optimization_history");
  await history.scrollIntoViewIfNeeded();
  const box = await history.boundingBox();
  if (box === null) throw new Error("the plot is not there");
  const at = await history.locator("canvas").first().evaluate((canvas: HTMLCanvasElement, colour: string) => {
    // The middle of the best trial's mark, by its colour.
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
    const found: [number, number][] = [];
    for (let i = 0; i < data.length; i += 4) {
      if (`#${[data[i], data[i + 1], data[i + 2]].map((v) => (v ?? 0).toString(16).padStart(2, "0")).join("")}` === colour) found.push([(i / 4) % width, Math.floor(i / 4 / width)]);
    }
    // Below the legend.
    const inside = found.filter(([, y]) => y > 40 * devicePixelRatio);
    const mean = (i: 0 | 1): number => inside.reduce((sum, point) => sum + point[i], 0) / inside.length / devicePixelRatio;
    return { x: mean(0), y: mean(1) };
  }, "#12733f");
  await page.mouse.move(box.x + at.x, box.y + at.y);
  await expect(page.locator(".tooltip").filter({ hasText: "trial" }).first()).toBeVisible();
  await page.mouse.click(box.x + at.x, box.y + at.y);
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Parameters");
  await expect(dialog).toContainText("validation accuracy");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

test("the keyboard alone reaches a trial and leaves it again", async ({ page }) => {
  await open(page, ["forest"]);
  await page.getByRole("searchbox").focus();
  const link = page.getByRole("button", { name: "trial 3", exact: true });
  for (let i = 0; i < 60 && !(await link.evaluate((button) => button === document.activeElement)); ++i) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Trial 3");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("confusion matrix, classes and images are those of the final model", async ({ page }) => {
  await open(page, ["forest"]);
  const stored = JSON.parse(studies.parzen("study", "show", "forest", "--db", "studies.db", "-f", "json")) as object;
  expect(JSON.stringify(stored)).toContain("test_accuracy");
  const matrix = page.getByRole("region", { name: "Confusion matrix: table" });
  const counts = (await matrix.locator("td").allTextContents()).map((text) => Number(text || "0"));
  expect(counts.length).toBe(100);
  expect(counts.reduce((a, b) => a + b)).toBe(100);
  const right = counts.filter((_, i) => i % 11 === 0).reduce((a, b) => a + b);
  await expect(page.locator(".cards")).toContainText(String(right / 100));
  const pictures = page.getByRole("region", { name: "Right and wrong: table" }).locator("canvas");
  expect(await pictures.count()).toBeGreaterThan(0);
  const colours = await pictures.first().evaluate((canvas: HTMLCanvasElement) => new Set((canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height).data).size);
  expect(colours).toBeGreaterThan(3);
});

test("the dataset is seen as rows of each class, and how many there are", async ({ page }) => {
  await open(page, ["forest"]);
  const table = page.getByRole("region", { name: "The dataset: table" });
  await expect(table.locator("tbody tr")).toHaveCount(10);
  const cells = await table.locator("tbody td .number").allTextContents();
  // Of each class those that were learned from, and those that were measured on.
  const sum = (from: 0 | 1): number => cells.filter((_, i) => i % 2 === from).reduce((all, text) => all + Number(text), 0);
  expect([sum(0), sum(1)]).toEqual([400, 100]);
  await expect(table.locator("canvas")).toHaveCount(10);
  const sheet = table.getByRole("img", { name: "10 rows of class 7" });
  const colours = await sheet.evaluate((canvas: HTMLCanvasElement) => new Set((canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height).data).size);
  expect(colours).toBeGreaterThan(3);
});

test("several studies are compared, and each can be looked at", async ({ page }) => {
  const wrong = await open(page, ["forest", hostile, "front", "empty"]);
  const table = page.getByRole("region", { name: "Table of studies" });
  await expect(table.locator("tbody tr")).toHaveCount(4);
  for (const name of ["overlaid_history", "overlaid_edf"]) expect(await coloursOf(plot(page, name)), name).toBeGreaterThan(3);
  await table.getByRole("button", { name: hostile }).click();
  await expect(page.locator("h1")).toHaveText(hostile);
  expect(wrong).toEqual([]);
});

test("the best of each measure is marked, and the study that won, and nothing of that is cut off", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, ["forest", hostile, "front"]);
  const table = page.getByRole("region", { name: "Table of studies" });
  const best = (name: string): number => (JSON.parse(studies.parzen("study", "show", name, "--db", "studies.db", "-f", "json")) as { best: number }[])[0]?.best ?? NaN;
  const winner = best("forest") > best(hostile) ? "forest" : hostile;
  await expect(table.locator("tr").filter({ hasText: "winner" }).getByRole("rowheader")).toContainText(winner);
  expect(await table.getByRole("img", { name: "the best of these" }).count()).toBeGreaterThan(2);
  expect(await table.evaluate((holder) => holder.scrollWidth - holder.clientWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 390, height: 900 });
  expect(await table.evaluate((holder) => [holder.scrollWidth > holder.clientWidth, getComputedStyle(holder).backgroundImage.includes("gradient")]), "what is cut has a shadow").toEqual([true, true]);
});

test("one trial that went astray does not set the scale, and is told of", async ({ page }) => {
  await open(page, ["astray"]);
  for (const [name, note] of [["optimization_history", "2 of 8 values lie beyond the axis, drawn at its end"], ["slice", "1 of 7 values lies beyond"], ["edf", "1 of 7 values lies beyond"], ["parallel_coordinates", "1 of 7 values lies beyond"]] as const) {
    const card = plot(page, name).locator("xpath=..");
    await card.scrollIntoViewIfNeeded();
    await expect(card, name).toContainText(note);
    await card.getByLabel("show").selectOption("all values");
    await expect(card, name).not.toContainText("beyond");
  }
});

test("plots of complete trials say so", async ({ page }) => {
  await open(page, ["astray"]);
  for (const name of ["param_importances", "parallel_coordinates", "slice", "contour", "rank", "edf"]) {
    await plot(page, name).scrollIntoViewIfNeeded();
    await expect(plot(page, name).locator("xpath=.."), name).toContainText("7 of 9 trials: those that are complete with a value");
  }
});

test("a trial that was enqueued is shown with its values", async ({ page }) => {
  await open(page, ["astray"]);
  await expect(rows(page).filter({ hasText: "WAITING" })).toContainText("0.0045");
  await page.getByRole("button", { name: "trial 9", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("Enqueued with");
  await expect(page.getByRole("dialog")).toContainText("0.0045");
});

test("in a picture axes have marks, however narrow, and no label is cut off", async ({ page }) => {
  const paths = studies.parzen("report", "astray", "--db", "studies.db", "--svg", "narrow").trim().split("\n");
  for (const path of paths) {
    const svg = readFileSync(join(studies.folder, path), "utf8");
    await page.setContent(`<body style="margin:0">${svg}</body>`);
    const { texts, cut } = await page.evaluate(() => {
      const { width, height } = (document.querySelector("svg") as SVGElement).getBoundingClientRect();
      const all = [...document.querySelectorAll("text")];
      const isCut = (text: Element): boolean => {
        const box = text.getBoundingClientRect();
        return box.left < 0 || box.top < -1 || box.right > width || box.bottom > height + 1;
      };
      return { texts: all.map((text) => text.textContent), cut: all.filter(isCut).map((text) => text.textContent) };
    });
    expect(cut, path).toEqual([]);
    if (!/slice|rank|contour/.test(path)) continue;
    const between = (low: number, high: number): number => texts.map(Number).filter((value) => value >= low && value <= high).length;
    expect(between(2e-3, 9e-3), path).toBeGreaterThan(2);
    expect(between(1e-2, 8e-2), path).toBeGreaterThan(2);
  }
  const history = readFileSync(join(studies.folder, "narrow/optimization_history.svg"), "utf8");
  expect(history).toContain("2 of 8 values lie beyond the axis");
  expect(history).not.toContain("1000000");
});

test("clusters say that they are of the rows that were learned from, and count each of them once", async ({ page }) => {
  const wrong = await open(page, ["clusters"]);
  const card = page.getByRole("region", { name: "Clusters and classes", exact: true });
  await expect(card).toContainText("training rows, final model");
  await expect(card).not.toContainText("test rows");
  const counts = await card.locator("tbody td").allTextContents();
  expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(300);
  const images = page.getByRole("region", { name: "Clusters as images", exact: true }).locator("canvas");
  expect(await images.count()).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

test("a study without a trial has a page that says so", async ({ page }) => {
  const wrong = await open(page, ["empty"]);
  await expect(page.locator("#page")).toContainText("no trial is complete yet");
  await expect(page.locator("#trials")).toContainText("No trial to show.");
  expect(wrong).toEqual([]);
});

test("plots are written as pictures, too", () => {
  const paths = studies.parzen("report", "forest", "--db", "studies.db", "--svg", "pictures", "--png", "pictures").trim().split("\n");
  expect(paths).toContain("pictures/optimization_history.svg");
  expect(paths).toContain("pictures/slice.png");
  expect(paths).toContain("pictures/confusion_matrix_normalised.png");
  for (const path of paths) {
    const bytes = readFileSync(join(studies.folder, path));
    if (path.endsWith(".svg")) expect(bytes.subarray(0, 4).toString()).toBe("<svg");
    else expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  }
  const history = readFileSync(join(studies.folder, "pictures/optimization_history.svg"), "utf8");
  expect(history.split("<path").length - 1).toBeGreaterThan(40);
  expect(history).not.toContain("<script");
  for (const name of ["confusion_matrix", "confusion_matrix_normalised"]) {
    const matrix = readFileSync(join(studies.folder, `pictures/${name}.svg`), "utf8");
    expect(matrix.split("<path").length - 1, "a square for each two classes").toBeGreaterThanOrEqual(100);
    expect(matrix).toContain("test rows, final model");
  }
  const dataset = readFileSync(join(studies.folder, "pictures/dataset.svg"), "utf8");
  expect(dataset.split("<image").length - 1).toBe(10);
  expect(dataset).toContain("learned from");
});

test("without a browser no picture is written, and it says what is missing", () => {
  const path = process.env["PATH"];
  process.env["PATH"] = studies.folder;
  try {
    expect(() => studies.parzen("report", "forest", "--db", "studies.db", "--svg", "unwritten")).toThrow(/install Chromium/);
  } finally {
    process.env["PATH"] = path;
  }
  expect(existsSync(join(studies.folder, "unwritten"))).toBe(false);
});

for (const [width, device] of [[1440, "desk"], [390, "phone"]] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`on a ${device}, ${colorScheme}, everything fits and everybody can read it`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      for (const [file, names] of [["forest", ["forest"]], ["network", [hostile]], ["front", ["front"]], ["several", ["forest", hostile, "front"]]] as const) {
        await open(page, [...names]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${file} is not wider than the window`).toBeLessThanOrEqual(width);
        await page.screenshot({ path: join(outputs, `${file}-${device}-${colorScheme}.png`), fullPage: true });
        expect(await axeFaults(page), file).toEqual([]);
      }
    });
  }
}
