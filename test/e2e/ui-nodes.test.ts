import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

// Several nodes on screen: a recording of three.

const NAMES = ["alpha@127.0.0.1", "beta@127.0.0.1", "gamma@127.0.0.1"];

let recording: ShownRecording;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  recording = await ShownRecording.open("phoenix-three-nodes");
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await recording?.close();
});
beforeEach(async () => {
  ({ page, problems } = await watchedPage(browser));
});
afterEach(async () => {
  await page.close();
  expect(problems, "nothing fails silently in the page").toEqual([]);
});

it("shows all nodes, each process with its own, and one alone once it is picked [across.ui]", async () => {
  await page.goto(recording.at("/processes"));
  const tree = page.getByRole("tree");
  const roots = tree.locator('[aria-level="1"]');
  // Of a long tree what is in sight is there: the first of three.
  await expect.poll(() => roots.first().textContent()).toContain(NAMES[0]);
  expect(await roots.first().getAttribute("aria-setsize")).toBe("3");
  await page.getByRole("button", { name: "3 nodes" }).click();
  await page.getByRole("radio", { name: /^beta@/ }).check();
  await expect.poll(() => new URL(page.url()).searchParams.get("node")).toBe("beta@127.0.0.1");
  await expect.poll(() => roots.first().textContent()).not.toContain("@127.0.0.1");
  // The choice holds in every view; the menu stays open.
  await recording.visit(page, "/web/liveviews?node=beta%40127.0.0.1");
  const pages = page.getByRole("list", { name: "LiveViews" }).getByRole("listitem");
  await expect.poll(() => pages.count()).toBe(1);
  await page.getByRole("radio", { name: "All nodes" }).check();
  await expect.poll(() => pages.count()).toBe(3);
});

it("names the nodes on the lifelines of a flow, and says where a broadcast did not get to [across.phoenix]", async () => {
  const { rows } = await recording.ask("flows", { entry: "click increment" });
  await page.goto(recording.at(`/flows/${rows[0]!.id}`));
  const heads = page.locator(".sequence-name");
  await expect
    .poll(async () => (await heads.allTextContents()).filter((text) => text.includes("CounterLive")).length)
    .toBe(3);
  const names = (await heads.allTextContents()).join(" ");
  for (const node of ["@alpha", "@beta", "@gamma"]) expect(names).toContain(node);
  await recording.visit(page, "/web/broadcasts");
  const missed = page.getByText("nobody on gamma, where it did not get to");
  await expect.poll(() => missed.count()).toBe(2);
});

it("tells on the first page how each node is, and goes to one of them", async () => {
  await page.goto(recording.at("/"));
  const lines = page.getByRole("region", { name: "Nodes" }).getByRole("button");
  await expect.poll(() => lines.count()).toBe(3);
  await lines.nth(2).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("node")).toBe(NAMES[2]);
  await expect.poll(() => lines.nth(2).getAttribute("aria-pressed")).toBe("true");
});
