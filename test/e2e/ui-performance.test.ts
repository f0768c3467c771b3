import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

describe("where time went", () => {
  let recording: ShownRecording;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    recording = await ShownRecording.open("phoenix-1.8");
    browser = await launchBrowser();
    ({ page, problems } = await watchedPage(browser));
  });
  afterAll(async () => {
    await browser?.close();
    await recording?.close();
  });
  beforeEach(async () => {
    await recording.visit(page, "/");
    await page.getByText("recording", { exact: true }).waitFor();
    await pressKeys(page, "g h");
  });
  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const frames = () => page.getByRole("tree", { name: "Frames" });
  const params = (): URLSearchParams => new URL(page.url()).searchParams;

  it("is a flame graph, gone through by keys, whose frames have an address", async () => {
    const { roots } = await recording.ask("flame", {});
    const [widest] = roots.toSorted((a, b) => b.totalNs - a.totalNs);
    const [inner] = widest!.children.toSorted((a, b) => b.totalNs - a.totalNs);
    await frames().getByRole("treeitem").first().waitFor();
    await expect.poll(() => frames().evaluate((tree) => tree.matches(":focus"))).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const active = frames().locator('[aria-selected="true"]');
    await expect.poll(() => active.textContent()).toBe(inner!.name);
    await page.keyboard.press("Enter");
    await expect.poll(() => params().getAll("frame")).toEqual([widest!.name, inner!.name]);
    const width = await active.evaluate((frame) => frame.style.width);
    expect(width).toBe("100%");
    await page.keyboard.press("Backspace");
    await expect.poll(() => params().getAll("frame")).toEqual([widest!.name]);
    await page.reload();
    await frames()
      .getByRole("treeitem", { name: `${widest!.name}: ` })
      .waitFor();
    await page.getByRole("button", { name: "the whole graph" }).click();
    await expect.poll(() => params().has("frame")).toBe(false);
  });

  it("is of one process, and says the same as a table and to other tools", async () => {
    await page.getByLabel("Process", { exact: true }).fill("Hello.Counters.Worker");
    await page.keyboard.press("Enter");
    const flame = await recording.ask("flame", { process: "Hello.Counters.Worker" });
    await expect.poll(() => frames().getByRole("treeitem").count()).toBeGreaterThan(0);
    await expect.poll(() => frames().getByRole("treeitem").first().textContent()).toBe(flame.roots[0]!.name);
    await page.getByRole("radio", { name: "Table" }).check();
    const table = page.getByRole("table", { name: "Flame graph" });
    await table.getByRole("button", { name: flame.roots[0]!.children[0]!.name }).waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "save folded stacks" }).click();
    const folded = await readFile(await (await saved).path(), "utf8");
    const sum = folded.split("\n").reduce((all, line) => all + Number(line.split(" ").at(-1)), 0);
    expect(sum).toBe(flame.totalNs);
  });

  it("is hot functions, and waiting against work", async () => {
    const hot = await recording.ask("hot", { limit: 200 });
    await page.getByRole("radio", { name: "Hot functions" }).check();
    const rows = (name: string) => page.getByRole("table", { name }).getByRole("row");
    await expect.poll(() => rows("Hot functions").count()).toBe(hot.rows.length + 1);
    await expect.poll(() => rows("Hot functions").nth(1).textContent()).toContain(hot.rows[0]!.name);
    const waits = await recording.ask("waits", { limit: 200 });
    await page.getByRole("radio", { name: "Waiting" }).check();
    await expect.poll(() => rows("Waiting and work").count()).toBe(waits.rows.length + 1);
    await expect.poll(() => new URL(page.url()).pathname).toBe("/performance/waits");
  });
});
