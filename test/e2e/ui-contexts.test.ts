import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type CliProcess, CliWorld } from "./support/cli-process.ts";
import { loadLeakingShop } from "./support/leaking-shop.ts";
import { watchedPage } from "./support/page.ts";

// Contexts of an application that leaks: on the node, and in the recording that was made meanwhile.

let node: ErlangNode;
let world: CliWorld;
let browser: Browser;
let cli: CliProcess;
let page: Page;
let problems: string[];
let unload: () => void;

beforeAll(async () => {
  node = await startErlangNode();
  unload = await loadLeakingShop(node);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  browser = await launchBrowser();
});
afterAll(async () => {
  cli?.signal("SIGINT");
  await browser?.close();
  await node?.stop();
  await world?.remove();
  unload?.();
});
beforeEach(async () => {
  ({ page, problems } = await watchedPage(browser));
});
afterEach(async () => {
  await page.close();
  expect(problems, "nothing fails silently in the page").toEqual([]);
});

/** Starts a command that serves the UI, in place of the one before, and opens its contexts. */
async function openContexts(...args: readonly string[]): Promise<void> {
  if (cli) {
    cli.signal("SIGINT");
    await cli.finished();
  }
  cli = world.start(...args, "--json", "--no-open");
  const url = new URL((await cli.firstJson<{ readonly url: string }>()).url);
  await page.goto(`${url.origin}/web/contexts${url.hash}`);
}

const graph = () => page.getByRole("region", { name: "Parts of the application and who calls whom" });
const table = (name: string) => page.getByRole("table", { name });

async function sees(): Promise<void> {
  await graph().getByRole("button", { name: "Shop.Sales 2 modules · 1 leak" }).click();
  await expect.poll(() => page.url()).toContain("/web/contexts/Shop.Sales");
  await graph().getByText("1 function · 1 leak").waitFor();
  await table("Who calls whom").getByRole("row", { name: "ShopWeb Shop.Sales 1 1 0" }).waitFor();
  await table("Leaks")
    .getByRole("row", {
      name: /^ShopWeb\.Page\.show\/1 Shop\.Sales\.Till\.add\/1 the web calls internals of Shop\.Sales/,
    })
    .waitFor();
}

describe("contexts", () => {
  it("are drawn with who calls whom, and each leak leads to its events", async () => {
    await openContexts("attach", node.name, "--out", world.path("shop.esrec"));
    await sees();
    await page.getByRole("button", { name: "Count leaking calls for 5 s" }).waitFor();
    await table("Leaks").getByRole("button", { name: "Shop.Sales.Till.add/1" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("mfa")).toBe("Shop.Sales.Till.add/1");
  });

  it("are in the recording as they were found", async () => {
    await openContexts("open", world.path("shop.esrec"));
    await sees();
    await page.getByText(/as the code was at/).waitFor();
    expect(await page.getByRole("button", { name: /Count leaking calls/ }).count()).toBe(0);
  });

  it("are not known of a recording in which nobody looked at them, and it says how to get them", async () => {
    const made = await world.run("record", node.name, "--for", "1s", "--out", world.path("blind.esrec"));
    expect(made.code).toBe(0);
    await openContexts("open", world.path("blind.esrec"));
    await page.getByText(/nobody looked at them while it was made\. Attach to the node/).waitFor();
  });
});
