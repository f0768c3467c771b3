import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { type CliProcess, CliWorld } from "./support/cli-process.ts";
import { pressKeys, visit, watchedPage } from "./support/page.ts";

// What somebody sees who opens a recording of real Phoenix (test/recordings/README.md) and knows nothing of it.

const VERDICT = "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber";

describe.each(["phoenix-1.7", "phoenix-1.8"])("the UI on a recording of %s", (name) => {
  let world: CliWorld;
  let browser: Browser;
  let cli: CliProcess;
  let page: Page;
  let url: string;
  let problems: string[];

  beforeAll(async () => {
    world = await CliWorld.create({ epmdPort: 1 });
    const packed = fileURLToPath(new URL(`../recordings/${name}.esrec.gz`, import.meta.url));
    const file = world.path(`${name}.esrec`);
    writeFileSync(file, gunzipSync(readFileSync(packed)));
    browser = await launchBrowser();
    cli = world.start("open", file, "--json", "--no-open");
    url = (await cli.firstJson<{ readonly url: string }>()).url;
    ({ page, problems } = await watchedPage(browser));
  });
  afterAll(async () => {
    cli?.signal("SIGINT");
    await browser?.close();
    await world?.remove();
  });

  beforeEach(async () => {
    await visit(page, url);
    await page.getByText(/A recording of/).waitFor();
  });
  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const list = (label: string) => page.getByRole("list", { name: label });
  const section = (text: string) => page.getByRole("radio", { name: text }).click();

  it("says on its first screen why the counter did not update, and by clicks alone who did it", async () => {
    const panel = page.getByRole("region", { name: "Broadcasts that reached nobody" });
    await panel.getByText(VERDICT).click();
    const inspector = page.getByRole("complementary", { name: "Inspector" });
    await inspector.getByText("counter:udpates").first().waitFor();
    await inspector.getByText("Hello.Counters.Worker").first().waitFor();
    await panel.getByRole("link", { name: "all" }).click();
    const lines = list("Broadcasts").getByRole("button");
    // One, or the locator would refuse to wait.
    await lines.filter({ hasText: VERDICT }).waitFor();
    await section("Topics");
    const misspelt = list("Topics").getByRole("listitem").filter({ hasText: "counter:udpates" });
    await misspelt.getByText("1 reached nobody").waitFor();
    await misspelt.getByText("nobody listens").waitFor();
    const map = page.getByRole("region", { name: /^Map of topics/ });
    await map.getByText("1 of 1 unheard").waitFor();
    await map.getByRole("button", { name: "counter:udpates nobody listens · counter:updates?" }).click();
    await expect.poll(() => page.url()).toContain("/web/topics/counter%3Audpates");
    await list("Broadcasts on counter:udpates").getByRole("button", { name: VERDICT }).waitFor();
    await map.getByRole("button", { name: "Hello.Counters.Worker" }).click();
    await inspector.getByRole("heading", { name: "Hello.Counters.Worker" }).waitFor();
  });

  it("shows the click as one flow, from the socket to where it ends in the air", async () => {
    await pressKeys(page, "g f");
    await list("Flows")
      .getByRole("link", { name: /click increment on HelloWeb\.CounterLive/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "click increment on HelloWeb.CounterLive" }).waitFor();
    const lines = [
      /CounterLive.* to Hello\.Counters\.Worker: call \{:increment, 1\}/,
      /Worker: \.count: \d → \d/,
      /CounterLive.* to .*: \d+ bytes to the browser/,
    ];
    for (const line of lines) await page.getByRole("option", { name: line }).first().waitFor();
    await page.getByRole("radio", { name: "Tree" }).click();
    for (const hop of [
      /handle_event "increment"/,
      /\{:increment, 1\}/,
      /\.count: \d → \d/,
      /bytes to the browser/,
    ])
      await page.getByRole("button", { name: hop }).first().waitFor();
    await page.getByRole("button", { name: VERDICT }).click();
    await page
      .getByRole("complementary", { name: "Inspector" })
      .getByText("counter:udpates")
      .first()
      .waitFor();
  });

  it("has requests with their way and their errors, each with an address of its own", async () => {
    await pressKeys(page, "g w");
    const broken = list("Requests").getByRole("button").filter({ hasText: "/broken" });
    await broken.getByText("500").waitFor();
    await broken.click();
    await page
      .getByText(/HelloWeb\.RoomController\.broken/)
      .nth(1)
      .waitFor();
    await expect.poll(() => page.url()).toMatch(/\/web\/requests\/\d+/);
    await page.reload();
    await list("Pipeline").getByText("router", { exact: true }).waitFor();
    // Where it was raised is a way into the code.
    await page
      .getByRole("link", { name: /^lib\/.*room_controller\.ex:\d+$/ })
      .first()
      .click();
    await expect.poll(() => page.url()).toMatch(/\/code\/HelloWeb\.RoomController\?line=\d+/);
    await page.goBack();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.url()).not.toMatch(/\/web\/requests\/\d+/);
  });

  it("leads from a LiveView to the request that rendered its page, from that to its flow, and back", async () => {
    await page.goto(`${new URL(url).origin}/web/liveviews${new URL(url).hash}`);
    await list("LiveViews")
      .getByRole("link", { name: /CounterLive.*1 crash\b/ })
      .click();
    await page.getByText("first rendered by").getByRole("button", { name: "GET /" }).click();
    const pipeline = page.getByRole("list", { name: "Pipeline" });
    await pipeline.waitFor();
    const facts = page.locator(".web-detail");
    await facts.getByRole("button", { name: /^f-\d+$/ }).click();
    await page
      .getByRole("button", { name: /GET \/ → 200/ })
      .first()
      .click();
    await pipeline.waitFor();
    await facts.getByRole("button", { name: /HelloWeb\.CounterLive phx-/ }).click();
    await list("Steps").waitFor();
  });

  it("has LiveViews step by step with what each changed, and what they hold", async () => {
    await visit(page, new URL("/web/liveviews", url).href);
    await list("LiveViews")
      .getByRole("link", { name: /CounterLive.*1 crash\b/ })
      .click();
    const steps = list("Steps");
    await steps
      .getByText(/^increment/)
      .first()
      .waitFor();
    const change = steps.getByRole("listitem").filter({ hasText: "assigns.count" }).nth(1);
    await change.locator("del").getByText("3", { exact: true }).waitFor();
    await change.locator("ins").getByText("4", { exact: true }).waitFor();
    await steps
      .getByRole("button", { name: / render for info / })
      .first()
      .waitFor();
    await steps
      .getByRole("button", { name: /^\S+ push \d+ parts? .* \d+ B$/ })
      .first()
      .waitFor();
    const component = list("Components").getByRole("listitem").filter({ hasText: "HelloWeb.StepComponent" });
    await component
      .getByText(/updates? · \d+ events? · .* diffs?/)
      .first()
      .waitFor();
  });
});
