import type { AlertRow } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { violations } from "./support/axe.ts";
import { type CliProcess, CliWorld, jsonLines } from "./support/cli-process.ts";
import { pressKeys, watchedPage } from "./support/page.ts";

// Two pages at one live session.

let node: ErlangNode;
let world: CliWorld;
let cli: CliProcess;
let browser: Browser;
let ada: Page;
let bo: Page;
let address: URL;
const problems: string[][] = [];

beforeAll(async () => {
  node = await startErlangNode({ name: "together" });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  cli = world.start("attach", node.name, "--level", "messages", "--json", "--no-open");
  address = new URL((await cli.firstJson<{ readonly url: string }>()).url);
  browser = await launchBrowser();
  for (const put of [(page: Page) => (ada = page), (page: Page) => (bo = page)]) {
    const watched = await watchedPage(browser);
    problems.push(watched.problems);
    put(watched.page);
    await watched.page.goto(`${address.origin}/${address.hash}`);
    await watched.page.getByRole("navigation", { name: "Views" }).waitFor();
  }
});
afterAll(async () => {
  cli?.signal("SIGINT");
  await browser?.close();
  await node?.stop();
  await world?.remove();
});
afterEach(() => {
  expect(
    problems.flatMap((some) => some.splice(0)),
    "nothing fails silently in a page",
  ).toEqual([]);
});

const path = (page: Page): string => new URL(page.url()).pathname;
const people = (page: Page) => page.getByRole("button", { name: /^People: / });
const menu = (page: Page) => page.getByRole("dialog", { name: "People" });
const note = (page: Page) => page.getByText(/^Following .* until you do something yourself/);

describe("several people at one session", () => {
  it("see who else is there, as they call themselves, and where [insight.together]", async () => {
    await ada.getByRole("button", { name: "People: 1 other, Guest 2" }).click();
    await menu(ada).getByRole("textbox", { name: "Your name" }).fill("Ada <i>");
    await bo.getByRole("button", { name: "People: 1 other, Ada <i>" }).waitFor();
    await ada.keyboard.press("Escape");
    await pressKeys(ada, "g p");
    await people(bo).click();
    const line = menu(bo).getByRole("listitem");
    await line.getByText("processes, now").waitFor();
    expect(await violations(bo)).toEqual([]);
    await line.getByRole("link").click();
    await expect.poll(() => path(bo)).toBe("/processes");
    await menu(bo).waitFor({ state: "detached" });
  });

  it("follow somebody until they act, and again when they are led anew [insight.together]", async () => {
    await people(bo).click();
    await menu(bo).getByRole("button", { name: "follow", exact: true }).click();
    await note(bo).waitFor();
    await pressKeys(ada, "g e");
    await expect.poll(() => path(bo)).toBe("/events");
    await ada.getByRole("button", { name: "LIVE", exact: true }).click();
    const paused = async (page: Page): Promise<string | null> => new URL(page.url()).searchParams.get("t");
    await expect.poll(() => paused(bo)).not.toBeNull();
    await expect.poll(async () => (await paused(bo)) === (await paused(ada))).toBe(true);
    await bo.keyboard.press("g");
    await note(bo).waitFor({ state: "detached" });
    await pressKeys(ada, "g f");
    await people(ada).click();
    // It is told that it follows nobody, and where the other one is: the page would have gone there by now.
    await menu(ada)
      .getByText(/^events, /)
      .waitFor();
    expect(path(bo)).toBe("/events");

    await menu(ada)
      .getByRole("checkbox", { name: /^Follow me/ })
      .check();
    await note(bo).waitFor();
    await expect.poll(() => path(bo)).toBe("/flows");
    await bo.getByRole("button", { name: "stop", exact: true }).click();
    await note(bo).waitFor({ state: "detached" });
    await menu(ada)
      .getByRole("checkbox", { name: /^Follow me/ })
      .uncheck();
    await ada.keyboard.press("Escape");
  });
});

describe("alerts", () => {
  it("tell in the page and on the command line what newly goes wrong, each once [insight.alerts]", async () => {
    const watching = world.start("watch", "--json");
    for (let i = 0; i < 3; i++) {
      await node.eval(`register(till, Pid = proc_lib:spawn(fun() -> receive go -> error(till_is_empty) end end)),
        Ref = monitor(process, Pid), Pid ! go, receive {'DOWN', Ref, _, _, _} -> ok end`);
    }
    await watching.said(/till_is_empty/);
    await ada.getByRole("button", { name: /^Alerts: \d+ new$/ }).click();
    const list = ada.getByRole("list", { name: "Alerts" });
    const entry = list.getByRole("listitem").filter({ hasText: "till_is_empty" });
    await entry.first().waitFor();
    expect(await entry.count()).toBe(1);
    expect(await violations(ada)).toEqual([]);
    await entry.locator(".cite").first().click();
    await expect.poll(() => new URL(ada.url()).searchParams.get("sel")).toMatch(/^e-\d+$/);
    await ada.keyboard.press("Escape");
    await ada.getByRole("button", { name: "Alerts: none new" }).waitFor();
    watching.signal("SIGINT");
    const { code, stdout } = await watching.finished();
    expect(code).toBe(0);
    const rows = jsonLines<AlertRow>(stdout).filter(({ summary }) => summary.includes("till_is_empty"));
    expect(rows.map(({ detector }) => detector)).toEqual(["crash"]);
  });
});
