// The dashboard in a real browser, beside a coordinator and a worker that are at work.
import { type Response, expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { axeFaults, coloursOf, listen, plot } from "./looking";
import { Studies, astray, empty, forest, slow } from "./studies";

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

test("whoever has the token acts on the page, with the keyboard too, and the page follows", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["coordinator", "--db", "live.db", "--listen", "unix:c.sock", "--http", "127.0.0.1:0", "--http-token", "token"], /dashboard is at (http:\S+\/),/);
    const token = readFileSync(join(studies.folder, "token"), "utf8").trim();
    const stored = (): { budget: number; state: string } => JSON.parse(studies.parzen("study", "list", "--db", "live.db", "-f", "json"))[0];
    studies.create(slow, "live.db");
    const wrong = listen(page, new URL(dashboard).origin);
    await page.goto(`${dashboard}#study=slow&token=${token}`);
    await expect(page).toHaveURL(`${dashboard}#study=slow`);
    const actions = page.getByRole("group", { name: "Actions" });
    await expect(actions).toBeVisible();
    expect(await axeFaults(page)).toEqual([]);

    // Stop, by the keyboard alone.
    await actions.getByRole("button", { name: "Stop" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("No more trials are handed out");
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(outputs, "stop.png") });
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(actions.getByRole("button", { name: "Stop" })).toBeFocused();
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Stop" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator(".chip").first()).toHaveText("stopped");
    await expect(actions.getByRole("button", { name: "Resume" })).toBeFocused();
    expect(stored().state).toBe("stopped");

    // Extend.
    await actions.getByRole("button", { name: "Extend" }).click();
    await dialog.getByLabel("Trials in all").fill("303");
    await page.keyboard.press("Enter");
    await expect(page.locator(".cards")).toContainText("0 / 303");
    expect(stored().budget).toBe(303);

    // Enqueue: what cannot be is said where it was asked for.
    await actions.getByRole("button", { name: "Enqueue" }).click();
    await expect(dialog.getByLabel("x", { exact: true })).toHaveAccessibleDescription("-5 to 10");
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(outputs, "enqueue.png") });
    const refused = page.waitForResponse((response) => response.url().endsWith("/api/study/enqueue"));
    await dialog.getByLabel("x", { exact: true }).fill("11");
    await dialog.getByRole("button", { name: "Enqueue" }).click();
    expect((await refused).status()).toBe(400);
    await expect(dialog.getByRole("alert")).toContainText("x");
    // What was refused is over: asked for once more, it is another request.
    const again = page.waitForResponse((response) => response.url().endsWith("/api/study/enqueue"));
    await dialog.getByRole("button", { name: "Enqueue" }).click();
    const idOf = async (response: Promise<Response>): Promise<unknown> => ((await response).request().postDataJSON() as { request_id: string }).request_id;
    expect(await idOf(again)).not.toEqual(await idOf(refused));
    await dialog.getByLabel("x", { exact: true }).fill("2.5");
    await dialog.getByRole("button", { name: "Enqueue" }).click();
    await expect(actions).toContainText("trial 0 waits");
    await expect(page.locator("#trials tbody tr").first()).toContainText("WAITING");
    await page.getByRole("button", { name: "trial 0", exact: true }).click();
    await expect(dialog).toContainText("Enqueued with");
    await expect(dialog).toContainText("2.5");
    await page.keyboard.press("Escape");
    await page.screenshot({ path: join(outputs, "actions.png"), fullPage: true });

    // Resume: a worker does all of it, the trial that was enqueued first.
    await studies.start(["worker", "--coordinator", "unix:c.sock", "--cache", "cache", "--name", "alice"], /connected|training|trial/);
    await actions.getByRole("button", { name: "Resume" }).click();
    await expect(page.locator(".cards")).toContainText("303 / 303", { timeout: 45_000 });
    await page.getByRole("button", { name: "trial 0", exact: true }).click();
    await expect(dialog).toContainText("2.5");
    await expect(dialog.getByRole("button", { name: "Retry" })).toHaveCount(0);
    await page.keyboard.press("Escape");

    // Drain.
    await page.getByRole("button", { name: "All studies" }).click();
    const workers = page.getByRole("region", { name: "Table of workers" });
    await expect(workers).toContainText("alice");
    await page.screenshot({ path: join(outputs, "workers.png"), fullPage: true });
    await workers.getByRole("button", { name: "Drain alice" }).click();
    await expect(dialog).toContainText("takes no more trials");
    await dialog.getByRole("button", { name: "Drain" }).click();
    await expect(workers).toHaveCount(0); // it has no trial left to do, and is gone
    // The refusal is the one thing that a browser reports.
    expect(wrong.filter((text) => !text.includes("400"))).toEqual([]);
  } finally {
    await studies.stop();
  }
});

test("a failed trial is done again from its dialog", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["coordinator", "--db", "live.db", "--listen", "unix:c.sock", "--http", "127.0.0.1:0", "--http-token", "token"], /dashboard is at (http:\S+\/),/);
    studies.create(empty, "live.db");
    studies.parzen("trial", "ask", "empty", "--db", "live.db");
    studies.parzen("trial", "tell", "empty", "0", "--state", "FAIL", "--reason", "no luck", "--db", "live.db");
    await page.goto(`${dashboard}#study=empty&token=${readFileSync(join(studies.folder, "token"), "utf8").trim()}`);
    await page.getByRole("button", { name: "trial 0", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Retry" }).click();
    await expect(dialog.getByRole("alert")).toHaveText("Trial 1 waits, with the same values.");
    await expect(dialog.getByRole("button", { name: "Close" })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.locator("#trials tbody tr")).toHaveCount(2);
    await expect(page.locator(".cards")).toContainText("1 / 4");
  } finally {
    await studies.stop();
  }
});

test("without the token nothing can be done; it may be typed, and a wrong one is not kept", async ({ page }) => {
  const studies = new Studies();
  try {
    const [, dashboard = ""] = await studies.start(["coordinator", "--db", "live.db", "--listen", "unix:c.sock", "--http", "127.0.0.1:0", "--http-token", "token"], /dashboard is at (http:\S+\/),/);
    studies.create(slow, "live.db");
    await page.goto(`${dashboard}#study=slow&token=0123456789abcdef`);
    await expect(page.locator(".cards")).toContainText("0 / 300");
    await expect(page.getByRole("alert")).toContainText("the token was refused");
    const give = page.getByRole("button", { name: "Give the token" });
    const actions = page.getByRole("group", { name: "Actions" });
    await expect(give).toBeVisible();
    await expect(actions).toBeHidden();
    await give.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Token").fill("fedcba9876543210");
    await page.keyboard.press("Enter");
    await expect(dialog.getByRole("alert")).toContainText("not the token");
    await dialog.getByLabel("Token").fill(readFileSync(join(studies.folder, "token"), "utf8").trim());
    await page.keyboard.press("Enter");
    await expect(actions).toBeVisible();
    // It is known in this tab, after the page was loaded again too, and nowhere else.
    await page.reload();
    await expect(actions).toBeVisible();
    const other = await page.context().newPage();
    await other.goto(`${dashboard}#study=slow`);
    await expect(other.getByRole("button", { name: "Give the token" })).toBeVisible();
    await expect(other.getByRole("group", { name: "Actions" })).toBeHidden();
    await page.getByRole("button", { name: "Forget the token" }).click();
    await expect(actions).toBeHidden();
  } finally {
    await studies.stop();
  }
});

test("the list says of each study what it aims at, how far it is, and what it came to", async ({ page }) => {
  const studies = new Studies();
  try {
    studies.run(forest);
    studies.create(astray);
    studies.tell("astray", ["--value", "0.5"]);
    studies.tell("astray", ["--state", "FAIL", "--reason", "no luck"]);
    studies.parzen("trial", "ask", "astray", "--db", "studies.db");
    studies.create(empty);
    studies.parzen("study", "stop", "empty", "--db", "studies.db");
    const [, dashboard = ""] = await studies.start(["dashboard", "--db", "studies.db", "--http", "127.0.0.1:0"], /(http:\S+\/)/);
    await page.goto(dashboard);
    await expect(page.getByRole("heading", { name: "Studies" })).toBeVisible();
    const row = (name: string) => page.getByRole("row").filter({ hasText: name });
    for (const text of ["finished", "40 / 40", "40 complete", "maximize validation accuracy"]) await expect(row("forest")).toContainText(text);
    for (const text of ["running", "2 / 20", "1 complete · 1 failed · 1 running", "minimize loss", "0.5"]) await expect(row("astray")).toContainText(text);
    for (const text of ["stopped", "0 / 3"]) await expect(row("empty")).toContainText(text);
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(outputs, "studies.png") });
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
    await expect(page.getByRole("button", { name: "Give the token" })).toBeHidden();
    await expect(page.getByRole("group", { name: "Actions" })).toBeHidden();
    expect(wrong).toEqual([]);
  } finally {
    await studies.stop();
  }
});
