import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { type CliProcess, CliWorld } from "./support/cli-process.ts";
import { type BuiltHello, buildHello, startHello } from "./support/hello.ts";
import { pressKeys, watchedPage } from "./support/page.ts";

/** `state = %{state | count: state.count + 1}`, and the line that replies. */
const COUNTS = 21;
const REPLIES = 22;

let hello: BuiltHello;
let node: ErlangNode;
let world: CliWorld;
let browser: Browser;
let cli: CliProcess;
let page: Page;
let problems: string[];

beforeAll(async () => {
  hello = await buildHello();
  node = await startHello(hello);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
  await world?.remove();
  await hello?.remove();
});
beforeEach(async () => {
  ({ page, problems } = await watchedPage(browser));
});
afterEach(async () => {
  await page.close();
  cli.signal("SIGINT");
  await cli.finished();
  // What the server refuses the browser notes by itself; the page says why.
  expect(problems.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
});

const source = (module: string) => page.getByRole("listbox", { name: `Source of ${module}` });
const line = (number: number) => source("Hello.Counter").getByRole("option", { name: `line ${number},` });
const panel = (number: number) => page.getByRole("region", { name: `Line ${number}` });
const inspector = () => page.getByRole("complementary", { name: "Inspector" });

async function shown(...args: readonly string[]): Promise<string> {
  cli = world.start(...args, "--json", "--no-open");
  return (await cli.firstJson<{ readonly url: string }>()).url;
}

describe("the code", () => {
  it("of a live node: lines that run, their values, their events, and back from an event", async () => {
    const file = world.path("code.esrec");
    await page.goto(await shown("attach", node.name, "--level", "observe", "--out", file));
    await page.getByText("connected", { exact: true }).waitFor();
    await pressKeys(page, "g c");
    await page.getByLabel("Search modules").fill("hello.counter");
    await page.getByRole("link", { name: /^Hello\.Counter\b(?!Sup|View)/ }).click();
    await source("Hello.Counter").waitFor();
    // Keyword, module and text in their colours.
    await line(1).locator(".tk-keyword", { hasText: "defmodule" }).waitFor();
    await line(COUNTS).and(page.getByLabel("can run; not recorded")).waitFor();
    await line(2).and(page.getByLabel("nothing runs here")).waitFor();

    await page.getByRole("button", { name: "Record the lines of this module" }).click();
    await page.getByRole("button", { name: "Stop recording its lines" }).waitFor();
    await node.eval("'Elixir.Hello.Counter':increment()");
    await line(COUNTS)
      .and(page.getByLabel(/ran \d+ times?.*state = %\{count: \d+\}/))
      .waitFor();

    await line(COUNTS).click();
    const moments = panel(COUNTS)
      .getByRole("list", { name: `Values at line ${COUNTS}, newest first` })
      .getByRole("listitem");
    await moments.first().getByText("state = ").waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("line")).toBe(String(COUNTS));
    await source("Hello.Counter").focus();
    await page.keyboard.press("j");
    await panel(REPLIES).waitFor();

    await panel(REPLIES).getByRole("button", { name: "its events" }).click();
    const events = page.getByRole("grid", { name: "Events" });
    await events
      .getByRole("row")
      .filter({ hasText: `line ${REPLIES}` })
      .first()
      .click();
    await inspector()
      .getByRole("link", { name: `line ${REPLIES}` })
      .click();
    await panel(REPLIES).waitFor();
    await page.getByRole("button", { name: "Stop recording its lines" }).click();
    await page.getByRole("button", { name: "Record the lines of this module" }).waitFor();

    const link = page.getByRole("link", { name: "Open in editor" });
    await expect
      .poll(() => link.getAttribute("href"))
      .toMatch(new RegExp(`^vscode://file/.*/hello_otp/lib/hello/counter\\.ex:${REPLIES}$`));
    await page.getByRole("button", { name: "Which editor" }).click();
    await page.getByLabel("Link, with __FILE__ and __LINE__").fill("javascript:alert('__FILE__')");
    await link.waitFor({ state: "detached" });
    await page.getByLabel("Link, with __FILE__ and __LINE__").fill("emacs://open?f=__FILE__&l=__LINE__");
    await expect.poll(() => link.getAttribute("href")).toMatch(/^emacs:\/\/open\?f=\/.*counter\.ex&l=22$/);
  });

  it("of a module that cannot be recorded line by line: refused with the reason", async () => {
    const url = new URL(await shown("attach", node.name, "--level", "observe"));
    await page.goto(`${url.origin}/code/${encodeURIComponent(":lists")}?line=seq%2F2${url.hash}`);
    await page.getByRole("button", { name: "Record the lines of this module" }).click();
    await page.getByRole("alert").filter({ hasText: ":lists" }).waitFor();
    await page.goto(`${url.origin}/code/No.Such.Module${url.hash}`);
    await page.getByText("Nothing is known of No.Such.Module").waitFor();
  });

  it("of a recording: the source as it was, and at an instant only what was before it", async () => {
    const url = new URL(await shown("open", world.path("code.esrec")));
    const at = (query: string) => `${url.origin}/code/Hello.Counter?${query}${url.hash}`;
    await page.goto(at(`line=${COUNTS}`));
    await page.getByText("as the recording kept it").waitFor();
    await line(COUNTS)
      .and(page.getByLabel(/ran \d+ times?/))
      .waitFor();
    await panel(COUNTS).getByRole("list").getByRole("listitem").first().waitFor();
    await page.goto(at(`line=${COUNTS}&t=0`));
    await line(COUNTS).and(page.getByLabel("can run; not recorded")).waitFor();
    await panel(COUNTS).getByText("No value was seen to be bound here before the cursor.").waitFor();
  });
});
