import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attachCliServing } from "../testkit/attached-cli.ts";
import { launchBrowser } from "../testkit/browser.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { watchedPage } from "./support/page.ts";

// The command line attached to a cluster by one of its nodes, and its nodes on the first page.

const COOKIE = "ui_cluster";
let nodes: readonly [ErlangNode, ErlangNode, ErlangNode];
let command: { readonly child: ChildProcess; readonly url: string };
let browser: Browser;

const start = (name: string): Promise<ErlangNode> =>
  startErlangNode({ name, cookie: COOKIE, args: ["-kernel", "prevent_overlapping_partitions", "false"] });

beforeAll(async () => {
  nodes = [await start("left"), await start("middle"), await start("right")];
  for (const other of nodes.slice(1)) await nodes[0].eval(`net_kernel:connect_node('${other.name}')`);
  command = await attachCliServing(nodes[0], "--cluster");
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (command?.child.exitCode === null) {
    command.child.kill("SIGINT");
    await once(command.child, "exit");
  }
  await Promise.all(nodes?.map((node) => node.stop()) ?? []);
});

it("follows all nodes, says where their clocks stand, and when two of them lost each other [cluster.ui]", async () => {
  const { page, problems } = await watchedPage(browser);
  await page.goto(command.url);
  const panel = page.getByRole("region", { name: "Nodes" });
  const lines = panel.locator(".node-line");
  const limit = { timeout: 60_000 };
  await expect.poll(() => lines.count(), limit).toBe(3);
  const clocks = panel.getByText(/the timeline's clock|± /);
  await expect.poll(() => clocks.count(), limit).toBe(3);
  const [, middle, right] = nodes;
  await middle.eval(`erlang:set_cookie('${right.name}', cut), erlang:disconnect_node('${right.name}')`);
  await right.eval(`erlang:set_cookie('${middle.name}', other)`);
  const banner = page.getByRole("alert").filter({ hasText: "do not see each other" });
  await expect.poll(() => banner.count(), limit).toBe(1);
  expect(await banner.textContent()).toContain(middle.name);
  expect(await banner.textContent()).toContain(right.name);
  await right.eval(`erlang:set_cookie('${middle.name}', ${COOKIE})`);
  await middle.eval(
    `erlang:set_cookie('${right.name}', ${COOKIE}), true = net_kernel:connect_node('${right.name}')`,
  );
  await expect.poll(() => banner.count(), limit).toBe(0);
  const past = panel.getByRole("list", { name: "Nodes that lost each other" }).getByRole("button");
  expect(await past.textContent()).toMatch(/lost each other.*for /);
  await past.click();
  await expect.poll(() => new URL(page.url()).searchParams.get("t")).not.toBeNull();
  expect(problems, "nothing fails silently in the page").toEqual([]);
  await page.close();
});
