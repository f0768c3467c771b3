// The first page where nothing is attached: profiles, and another machine through SSH.
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { type ErlangNode, freePort, startErlangNode } from "../testkit/erlang-node.ts";
import { type Sshd, sshdInstalled, startSshd } from "../testkit/sshd.ts";
import { violations } from "./support/axe.ts";
import { type CliProcess, CliWorld } from "./support/cli-process.ts";
import { watchedPage } from "./support/page.ts";

if (!sshdInstalled())
  console.warn(
    "test/e2e/ui-ways.test.ts: nothing goes through SSH, there is no sshd (Debian: openssh-server).",
  );

let node: ErlangNode;
let sshd: Sshd | undefined;
let world: CliWorld;
let cli: CliProcess;
let browser: Browser;
let page: Page;
let problems: string[];
let url: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "ways" });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  if (sshdInstalled()) {
    sshd = await startSshd();
    cpSync(sshd.sshFolder, world.path(".ssh"), { recursive: true });
  }
  const way = sshd ? ["--ssh", sshd.destination] : [];
  const added = await world.run("profiles", "add", "ways-prod", node.name, "--level", "state", ...way);
  expect(added).toMatchObject({ code: 0 });
  browser = await launchBrowser();
  // It attaches to nothing, and has the UI all the same.
  cli = world.start("mcp");
  const { port, token } = await vi.waitFor(
    () => {
      const folder = world.path("run/elixirscope");
      const file = readdirSync(folder).find((name) => name.endsWith(".json"))!;
      return JSON.parse(readFileSync(join(folder, file), "utf8")) as { port: number; token: string };
    },
    { timeout: 60_000 },
  );
  url = `http://127.0.0.1:${port}/#token=${token}`;
});
afterAll(async () => {
  cli?.input("");
  await cli?.finished();
  await browser?.close();
  await Promise.all([node?.stop(), sshd?.stop()]);
  await world?.remove();
});
beforeEach(async () => {
  ({ page, problems } = await watchedPage(browser));
  await page.goto(url);
});
afterEach(async () => {
  await page.close();
  expect(problems.filter((problem) => !/status of (4|5)\d\d/.test(problem))).toEqual([]);
});

const panel = () => page.getByRole("region", { name: "Attach to a node" });

it("says what stands in the way to another machine", async () => {
  await panel()
    .getByLabel("On another machine, through SSH")
    .fill(`ada@127.0.0.1:${await freePort()}`);
  await panel().getByRole("button", { name: "Look there" }).click();
  await panel().getByRole("alert").filter({ hasText: "No SSH server answers at 127.0.0.1" }).waitFor();
  expect(await violations(page)).toEqual([]);
});

it("lists the nodes of another machine, and attaches to one through SSH [reach.ssh]", async () => {
  if (!sshd) return;
  await panel().getByLabel("On another machine, through SSH").fill(sshd.destination);
  await panel().getByRole("button", { name: "Look there" }).click();
  await panel()
    .getByRole("heading", { name: `Nodes at ${sshd.destination}` })
    .waitFor();
  const entry = panel()
    .getByRole("listitem")
    .filter({ has: page.getByLabel("Full name of ways") });
  expect(await entry.getByLabel("Full name of ways").inputValue()).toBe(node.name);
  await entry.getByRole("button", { name: "Attach" }).click();
  await page.getByText("connected", { exact: true }).waitFor();
  expect(sshd.log()).toMatch(/target 127\.0\.0\.1 port \d+/);
  await world.run("detach");
});

it("attaches by a profile [reach.profiles]", async () => {
  await panel().getByRole("button", { name: "Attach to ways-prod" }).click();
  await page.getByText("connected", { exact: true }).waitFor();
  const level = await world.run("level", "--json");
  expect(JSON.parse(level.stdout)).toMatchObject({ node: node.name, level: "state" });
  await world.run("detach");
});
