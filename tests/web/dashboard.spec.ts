// The dashboard in a real browser, beside a coordinator and a worker that are at work.
import { expect, test } from "@playwright/test";
import { join } from "node:path";
import { axeFaults, coloursOf, listen, plot } from "./looking";
import { Studies, forest, slow } from "./studies";

const outputs = process.env["TEST_UNDECLARED_OUTPUTS_DIR"] ?? ".";

test("a study is seen to go on, from its first trial to its last, and to be deleted", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["coordinator", "--db", "live.db", "--listen", "unix:c.sock", "--http", "127.0.0.1:0"], /dashboard is at (http:\S+\/),/);
    const wrong = listen(page, new URL(dashboard).origin);
    await page.goto(dashboard);
    await expect(page.locator("#live")).toHaveText("There is no study yet.");
    studies.create(slow, "live.db");
    await page.getByRole("button", { name: "slow" }).click();
    await expect(page.locator("#live")).toHaveText("live");
    await expect(page.locator(".cards")).toContainText("0 / 300");
    await studies.start(["worker", "--coordinator", "unix:c.sock", "--cache", "cache"], /connected|training|trial/);
    await expect(page.locator(".cards")).toContainText("300 / 300", { timeout: 45_000 });
    await expect(page.locator(".chip").first()).toHaveText("finished");
    await expect(page.locator("#trials tbody tr").first()).toBeVisible();
    // When it was opened there was no trial yet.
    await expect(page.getByRole("button", { name: "x", exact: true })).toBeVisible();
    await expect(plot(page, "rank")).toBeVisible();
    for (const name of ["optimization_history", "slice", "timeline"]) expect(await coloursOf(plot(page, name)), name).toBeGreaterThan(3);
    await page.screenshot({ path: join(outputs, "live.png"), fullPage: true });
    expect(await axeFaults(page)).toEqual([]);
    expect(wrong).toEqual([]);
    // From here on a browser may say that something it asks for is not found.
    studies.parzen("study", "delete", "slow", "--db", "live.db", "--yes");
    await expect(page.locator("#live")).toHaveText("the study was deleted");
  } finally {
    await studies.stop();
  }
});

test("what was chosen and filtered stays while the study goes on", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["coordinator", "--db", "live.db", "--listen", "unix:c.sock", "--http", "127.0.0.1:0"], /dashboard is at (http:\S+\/),/);
    studies.create(slow, "live.db");
    await studies.start(["worker", "--coordinator", "unix:c.sock", "--cache", "cache"], /connected|training|trial/);
    await page.goto(`${dashboard}#study=slow`);
    await expect(page.locator("#trials tbody tr").nth(5)).toBeVisible();
    await plot(page, "optimization_history").locator("xpath=..").getByLabel("show").selectOption("the better half");
    await page.getByRole("button", { name: "value", exact: true }).click();
    await expect(page.getByRole("button", { name: "value ↑" })).toBeFocused();
    await page.getByRole("searchbox").fill("value < 40");
    await expect(page.locator(".cards")).toContainText("300 / 300", { timeout: 45_000 });
    await expect(plot(page, "optimization_history").locator("xpath=..").getByLabel("show")).toHaveValue("the better half");
    const values = (await page.locator("#trials tbody tr td:nth-child(3)").allTextContents()).map(Number);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const found = JSON.parse(studies.parzen("trial", "list", "--db", "live.db", "--where", "value < 40", "-f", "json")) as unknown[];
    await expect(page.getByRole("status").filter({ hasText: "of 300 trials" })).toHaveText(`${found.length} of 300 trials`);
  } finally {
    await studies.stop();
  }
});

test("the page finds a coordinator that was started again, and what happened meanwhile", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["dashboard", "--db", "live.db", "--http", "127.0.0.1:0"], /(http:\S+)\//).catch(() => ["", ""]);
    expect(dashboard).toBe("");
    studies.create(slow, "live.db");
    const [, first = ""] = await studies.start(["dashboard", "--db", "live.db", "--http", "127.0.0.1:0"], /(http:\S+)\//);
    await page.goto(`${first}/#study=slow`);
    await expect(page.locator(".cards")).toContainText("0 / 300");
    await studies.stop();
    await expect(page.locator("#live")).toContainText("does not answer");
    studies.parzen("run", "study.textproto", "--db", "live.db");
    await studies.start(["dashboard", "--db", "live.db", "--http", new URL(first).host], /(http:\S+)\//);
    await expect(page.locator(".cards")).toContainText("300 / 300", { timeout: 20_000 });
  } finally {
    await studies.stop();
  }
});

test("a file is shown without a coordinator", async ({ page }) => {
  const studies = new Studies();
  try {
    studies.run(forest);
    const [, dashboard = ""] = await studies.start(["dashboard", "--db", "studies.db", "--http", "127.0.0.1:0"], /(http:\S+\/)/);
    const wrong = listen(page, new URL(dashboard).origin);
    await page.goto(dashboard);
    await page.getByRole("button", { name: "forest" }).click();
    await expect(page.locator(".cards")).toContainText("40 / 40");
    await expect(page.getByRole("region", { name: "Confusion matrix: table" })).toBeVisible();
    expect(wrong).toEqual([]);
  } finally {
    await studies.stop();
  }
});
