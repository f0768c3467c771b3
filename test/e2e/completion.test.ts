import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";

// What a shell offers behind the Tab key.

let node: ErlangNode;
let world: CliWorld;

beforeAll(async () => {
  node = await startErlangNode({ name: "completion_test" });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
});
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const complete = async (...line: readonly string[]): Promise<string> =>
  (await world.run("complete", "--", ...line)).stdout;

it.each(["bash", "zsh", "fish"])("prints a script for %s", async (shell) => {
  const { code, stdout } = await world.run("completion", shell);
  expect(code).toBe(0);
  expect(stdout).toContain("elixirscope");
  if (shell === "bash") execFileSync("bash", ["-n"], { input: stdout });
});

it("knows commands, options, words and nodes", async () => {
  expect(await complete("att")).toMatch(/^attach\t/);
  expect(await complete("attach", "--coo")).toMatch(/^--cookie-file\t.*\n--cookie\t/);
  expect(await complete("attach", "x@y", "--level", "m")).toMatch(/^messages\t/);
  expect(await complete("attach", "")).toMatch(new RegExp(`^${node.name.split("@")[0]}\t`));
  await world.run("profiles", "add", "shop-prod", "shop@10.0.0.5");
  expect(await complete("attach", "shop-p")).toMatch(/^shop-prod\tprofile/);
  expect(await complete("record", "--profile", "")).toMatch(/^shop-prod/);
});
