import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

describe("the sequence diagram of a flow", () => {
  let recording: ShownRecording;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  /** The click whose broadcast reached nobody. */
  let flow: string;

  beforeAll(async () => {
    recording = await ShownRecording.open("phoenix-1.8");
    browser = await launchBrowser();
    ({ page, problems } = await watchedPage(browser));
    const { rows } = await recording.ask("flows", { entry: "click increment" });
    flow = rows[0]!.id;
  });
  afterAll(async () => {
    await browser?.close();
    await recording?.close();
  });
  beforeEach(async () => {
    await recording.visit(page, `/flows/${flow}`);
  });
  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const diagram = () => page.getByRole("listbox", { name: "Sequence diagram" });
  const selection = (): string | null => new URL(page.url()).searchParams.get("sel");

  it("shows who sent what to whom, in order, and what reached nobody in red", async () => {
    const lines = diagram().getByRole("option");
    await lines.first().waitFor();
    const words = await lines.evaluateAll((all) =>
      all.map((one) => one.querySelector("title")?.textContent ?? ""),
    );
    const told = (part: string): number => words.findIndex((text) => text.includes(part));
    const order = ["to HelloWeb.CounterLive", "call {:increment", "reached nobody", "reply"].map(told);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const unheard = diagram().getByRole("option", { name: /reached nobody/ });
    expect(await unheard.getAttribute("class")).toContain("failed");
    await unheard.click();
    const inspector = page.getByRole("complementary", { name: "Inspector" });
    await inspector.getByText("counter:udpates").first().waitFor();
    await expect.poll(() => unheard.getAttribute("aria-selected")).toBe("true");
  });

  it("is gone through by keys alone", async () => {
    await diagram().getByRole("option").first().waitFor();
    await expect.poll(() => diagram().evaluate((list) => list.matches(":focus"))).toBe(true);
    await page.keyboard.press("j");
    await expect.poll(selection).toMatch(/^e-\d+$/);
    const first = selection();
    await page.keyboard.press("ArrowDown");
    await expect.poll(selection).not.toBe(first);
    const active = async (): Promise<string | null> => {
      const id = await diagram().getAttribute("aria-activedescendant");
      return page.locator(`[id="${id}"]`).getAttribute("aria-selected");
    };
    await expect.poll(active).toBe("true");
    const second = selection();
    await page.keyboard.press("Alt+ArrowRight");
    await expect.poll(selection).not.toBe(second);
    const event = Number(selection()!.slice(2));
    expect((await recording.ask("event", { id: event })).kind).toMatch(/^flow_/);
  });

  it("shows what made it last as long as it did: the critical path, in the diagram and as a table", async () => {
    const path = await recording.ask("criticalPath", { flow });
    await page.getByRole("checkbox", { name: "critical path" }).check();
    const table = page.getByRole("table", { name: "Critical path" });
    await expect.poll(() => table.getByRole("row").count()).toBe(path.rows.length + 1);
    const stretches = diagram().locator(".sq-critical");
    await expect.poll(() => stretches.count()).toBe(path.rows.length);
    const works = await diagram().locator(".sq-critical.work").count();
    expect(works).toBe(path.rows.filter(({ type }) => type === "work").length);
    await expect.poll(() => new URL(page.url()).searchParams.get("critical")).toBe("1");
    await table.getByRole("button").first().click();
    await expect.poll(selection).toBe(`e-${path.rows[0]!.id}`);
    await page.getByRole("link", { name: "flame graph" }).click();
    await page.getByRole("treeitem").first().waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("flow")).toBe(flow);
  });

  it("is saved as an SVG that stands alone, and copied as Mermaid", async () => {
    await diagram().getByRole("option").first().waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "save as SVG" }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe(`${flow}.svg`);
    const svg = await readFile(await download.path(), "utf8");
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const part of ["Hello.Counters.Worker", "reached nobody", "fill="]) expect(svg).toContain(part);
    expect(svg).not.toContain("var(");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "copy as Mermaid" }).click();
    await page.getByText("Copied as Mermaid.").waitFor();
    const text = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(text).toMatch(/^sequenceDiagram\n {4}participant P1 as Phoenix\.LiveView\.Socket\n/);
    expect(text).toContain("P2->>P3: {:increment, 1}");
  });
});
