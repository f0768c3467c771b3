import type { StateRow } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

const WORKER = "Hello.Counters.Worker";

describe("the states of a process", () => {
  let recording: ShownRecording;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  /** Newest first. */
  let states: readonly StateRow[];

  beforeAll(async () => {
    recording = await ShownRecording.open("phoenix-1.8");
    browser = await launchBrowser();
    ({ page, problems } = await watchedPage(browser));
    const input = { process: WORKER, order: "newest_first", limit: 200, diff: true } as const;
    states = (await recording.ask("states", input)).rows;
  });
  afterAll(async () => {
    await browser?.close();
    await recording?.close();
  });
  beforeEach(async () => {
    await recording.visit(page, `/processes/${WORKER}?tab=state`);
  });
  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const changed = () => page.getByRole("region", { name: "What changed" });
  const tree = () => page.getByRole("tree", { name: "State" });

  it("are compared with the version before, or with any other one", async () => {
    const [newest] = states;
    const before = newest!.diff!.changes[0]!;
    await changed().locator("del").getByText(before.before!, { exact: true }).waitFor();
    await changed().locator("ins").getByText(before.after!, { exact: true }).waitFor();
    const oldest = states.at(-1)!;
    await changed().getByRole("combobox").selectOption(String(oldest.id));
    const place = (id: number) => ({ process: WORKER, cursor: id });
    const { diff } = await recording.ask("diff", { a: place(oldest.id), b: place(newest!.id) });
    const [change] = diff!.changes;
    expect(change!.before).not.toBe(before.before);
    await changed().locator("del").getByText(change!.before!, { exact: true }).waitFor();
    await changed().locator("ins").getByText(change!.after!, { exact: true }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([searchParams.get("version"), searchParams.get("base")]).toEqual([
      String(newest!.id),
      String(oldest.id),
    ]);
    await page.reload();
    await changed().locator("del").getByText(change!.before!, { exact: true }).waitFor();
  });

  it("say of each value when it changed, and what led to it, by the mouse and by keys", async () => {
    const answer = await recording.ask("lastChange", { process: WORKER, path: "count" });
    await tree()
      .getByRole("treeitem", { name: /count: \d+/ })
      .hover();
    await page.getByRole("button", { name: "When did count change?" }).click();
    const told = page.getByRole("region", { name: "When did this change?" });
    await told.locator("del").getByText(answer.before!, { exact: true }).waitFor();
    await told.locator("ins").getByText(answer.after!, { exact: true }).waitFor();
    const chain = told.getByRole("list", { name: "What led to it" }).getByRole("listitem");
    await expect.poll(() => chain.count()).toBe(answer.chain.length);
    await expect.poll(() => chain.last().textContent()).toContain(answer.chain.at(-1)!.process!.label);
    await told.getByRole("button", { name: /^at / }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("t")).toBe(String(answer.state!.t));
    await told.getByRole("button", { name: "close" }).click();
    await tree().focus();
    await page.keyboard.press("Enter");
    await told.getByRole("heading", { name: /state|count/ }).waitFor();
  });

  it("are trees to fold, search and copy from", async () => {
    const view = (await recording.ask("liveViews", {})).rows.find(({ crashes }) => crashes > 0)!;
    const [process] = view.processes;
    await recording.visit(page, `/processes/${process!.handle}?tab=state`);
    const counter = tree().getByRole("treeitem", { name: /^count: \d+/ });
    await counter.waitFor();
    await tree().focus();
    await page.keyboard.press("[");
    await expect.poll(() => counter.count()).toBe(0);
    await page.getByRole("searchbox", { name: "Search in the state" }).fill("count:");
    await page.keyboard.press("Enter");
    await counter.waitFor();
    const hit = tree().locator('[aria-selected="true"]');
    await expect.poll(() => hit.textContent()).toMatch(/count:/);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "copy as Elixir" }).click();
    await page.getByText(/^Copied/).waitFor();
    const text = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(text).toMatch(/^%\{.*count: \d+/s);
  });

  it("are beside what else the node has: applications, tables, ports", async () => {
    await tree().waitFor();
    await pressKeys(page, "g i");
    const inventory = await recording.ask("inventory", {});
    const rows = (name: string) => page.getByRole("table", { name }).getByRole("row");
    await rows("ETS tables").first().waitFor();
    await expect.poll(() => rows("ETS tables").count()).toBe(inventory.tables.length + 1);
    await expect.poll(() => rows("Ports").count()).toBe(inventory.ports.length + 1);
    const texts = await rows("Applications").allInnerTexts();
    for (const { name, version } of inventory.applications)
      expect(texts.some((text) => text.includes(name) && text.includes(version))).toBe(true);
  });
});
