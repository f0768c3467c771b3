import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

describe("the timeline", () => {
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
    await recording.visit(page, "/timeline");
    await tracks().getByRole("treeitem").first().waitFor();
  });
  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const tracks = () => page.getByRole("tree", { name: "Tracks" });
  const picture = () => page.getByRole("img", { name: /of all tracks/ });
  const inSight = async (): Promise<string> =>
    (await page.getByRole("status", { name: "In sight" }).textContent()) ?? "";
  /** What is in sight once the frames that a key or the wheel asked for are drawn. */
  const inSightAtRest = async (): Promise<string> => {
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    return inSight();
  };
  const secondsInAddress = (): number => {
    const [from, to] = (new URL(page.url()).searchParams.get("sight") ?? "").split("_").map(Number);
    return (to! - from!) / 1e9;
  };

  it("has a track for each request, LiveView and process, and is drawn", async () => {
    const names = tracks().getByRole("treeitem");
    await names.filter({ hasText: "Requests" }).waitFor();
    const { rows } = await recording.ask("liveViews", {});
    await expect.poll(() => names.filter({ hasText: "HelloWeb.CounterLive" }).count()).toBe(rows.length);
    // Pixels that are not the ground's, in the row of a LiveView's life.
    const box = (await picture().boundingBox())!;
    expect(box.width).toBeGreaterThan(400);
    const blank = await picture().screenshot();
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: "Fold LiveViews" }).click();
    await expect.poll(() => names.filter({ hasText: "HelloWeb.CounterLive" }).count()).toBe(0);
    expect((await picture().screenshot()).equals(blank)).toBe(false);
  });

  it("is zoomed and moved by keys, wheel and buttons", async () => {
    const all = await inSight();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(inSight).not.toBe(all);
    const half = await inSight();
    await tracks().focus();
    await page.keyboard.down("w");
    await expect.poll(inSight).not.toBe(half);
    await page.keyboard.up("w");
    const near = await inSightAtRest();
    const box = (await picture().boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 200);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -400);
    await page.keyboard.up("Control");
    await expect.poll(inSight).not.toBe(near);
    const length = await inSightAtRest();
    const before = await picture().screenshot();
    await page.mouse.wheel(300, 0);
    await expect.poll(async () => (await picture().screenshot()).equals(before)).toBe(false);
    expect(await inSight()).toBe(length);
    // The address has it once one rests: a stretch before this one may stand in it until then.
    expect(length).toMatch(/\u202fs$/);
    await expect.poll(secondsInAddress).toBeCloseTo(Number.parseFloat(length), 1);
    await page.reload();
    await expect.poll(inSight).toBe(length);
    await page.getByRole("button", { name: "All" }).click();
    await expect.poll(inSight).toBe(all);
  });

  it("sums up the range that is marked, and points at a process at an instant", async () => {
    const box = (await picture().boundingBox())!;
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + 100, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, middle, { steps: 5 });
    await page.mouse.up();
    const params = () => new URL(page.url()).searchParams;
    await expect.poll(() => params().has("from")).toBe(true);
    const range = { from: Number(params().get("from")), to: Number(params().get("to")) };
    const { series } = await recording.ask("rates", { ...range, buckets: 1 });
    // Samples are no doings of a process.
    const sum = Object.entries(series).reduce((all, [kind, [n]]) => (kind === "sample" ? all : all + n!), 0);
    const panel = page.getByRole("region", { name: "The marked range" });
    const thousands = String(sum).replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");
    await panel.getByText(`${thousands} events`).waitFor();
    const busiest = (await recording.ask("timeline", { ...range, buckets: 2_000, limit: 20 })).tracks[0]!;
    await panel
      .getByRole("table", { name: "Busiest processes" })
      .getByRole("link", { name: busiest.process.label })
      .first()
      .waitFor();
    await panel.getByRole("button", { name: "drop the range" }).click();
    await panel.waitFor({ state: "detached" });
    await page.mouse.click(box.x + 150, middle);
    await expect.poll(() => params().has("t")).toBe(true);
  });
});
