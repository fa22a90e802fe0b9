// A page that is open for hours, in less time: what it holds, and what it does for a change.
import { type CDPSession, type Page, expect, test } from "@playwright/test";
import { openFed } from "./feed";
import { coloursOf, listen, plot } from "./looking";
import { Studies, quick } from "./studies";

const studies = new Studies();
let dashboard = "";

test.beforeAll(async () => {
  studies.run(quick);
  [, dashboard = ""] = await studies.start(["dashboard", "--db", "studies.db", "--http", "127.0.0.1:0"], /(http:\S+)\//);
  dashboard += "/#study=quick";
});

test.afterAll(() => studies.stop());

interface Held {
  bytes: number;
  nodes: number;
  listeners: number;
}

/** After the garbage was collected. */
async function heldBy(page: Page): Promise<Held> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  for (let i = 0; i < 3; ++i) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const valueOf = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return { bytes: usedSize, nodes: valueOf("Nodes"), listeners: valueOf("JSEventListeners") };
}

/** Ten trials at a time have other values, and other workers. */
async function change(page: Page, times: number): Promise<void> {
  await page.evaluate(async (times) => {
    for (let i = 0; i < times; ++i) await window.feed.tell(Array.from({ length: 10 }, (_, j) => (10 * i + j) % 60));
  }, times);
}

async function grow(page: Page, times: number): Promise<void> {
  await page.evaluate(async (times) => {
    for (let i = 0; i < times; ++i) await window.feed.grow(2);
  }, times);
}

test("a study that only changes takes no more memory after a thousand updates than after a hundred", async ({ page }) => {
  test.setTimeout(120_000);
  const wrong = listen(page, new URL(dashboard).origin);
  await openFed(page, dashboard, 60);
  await change(page, 100);
  const early = await heldBy(page);
  await change(page, 1000);
  const late = await heldBy(page);
  // The browser compiles what is used more, up to 1.5 MB of code. All trials that were told of would be 3 MB more.
  expect(late.bytes).toBeLessThan(early.bytes + 2_500_000);
  expect(late.nodes).toBeLessThan(early.nodes + 100);
  expect(late.listeners).toBeLessThan(early.listeners + 20);
  expect(await coloursOf(plot(page, "optimization_history"))).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

test("a study that grows takes no more memory in a page that saw it grow than in one that is opened then", async ({ page, browser }) => {
  test.setTimeout(120_000);
  await openFed(page, dashboard, 20);
  await grow(page, 200);
  const watched = await heldBy(page);
  const other = await browser.newPage();
  await openFed(other, dashboard, 420);
  await grow(other, 1);
  const opened = await heldBy(other);
  expect(watched.bytes).toBeLessThan(opened.bytes + 2_000_000);
  expect(watched.nodes).toBeLessThan(1.1 * opened.nodes + 100);
  expect(watched.listeners).toBeLessThan(opened.listeners + 20);
});

test("an update touches only the rows of trials that changed", async ({ page }) => {
  await openFed(page, dashboard, 60);
  await change(page, 3);
  const touched = await page.evaluate(async () => {
    const numbers = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const record of records) {
        for (const node of [...record.addedNodes, ...record.removedNodes]) numbers.add((node as HTMLElement).cells[0].textContent);
      }
    });
    observer.observe(document.querySelector("#trials tbody") as Element, { childList: true });
    await window.feed.tell([7, 50]);
    await new Promise(requestAnimationFrame);
    observer.disconnect();
    return [...numbers].sort();
  });
  expect(touched).toEqual(["50", "7"]);
});

test("a page that nobody sees neither listens nor draws, and shows what happened once it is seen", async ({ page }) => {
  await openFed(page, dashboard, 60);
  await change(page, 3);
  await page.getByRole("searchbox").fill("number < 30");
  await page.evaluate(() => window.feed.see(false));
  expect(await page.evaluate(() => window.feed.listeners())).toBe(0);
  await grow(page, 100);
  await expect(page.getByRole("status").filter({ hasText: "trials" })).toHaveText("30 of 60 trials");
  await page.evaluate(() => window.feed.see(true));
  expect(await page.evaluate(() => window.feed.listeners())).toBe(1);
  // It missed too much.
  await page.evaluate(() => window.feed.again());
  await expect(page.getByRole("status").filter({ hasText: "trials" })).toHaveText("30 of 260 trials");
  await expect(page.getByRole("searchbox")).toHaveValue("number < 30");
  await expect(page.locator("#trials tbody tr")).toHaveCount(30);
});
