import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld, jsonLines } from "./support/cli-process.ts";

interface Line {
  readonly act: string;
  readonly node: string;
  readonly surface?: string;
  readonly pid: number;
  readonly commandPid?: number;
}

let node: ErlangNode;
let world: CliWorld;
let folder: string;
beforeAll(async () => {
  node = await startErlangNode({ name: "audit_test" });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  folder = join(world.env.XDG_STATE_HOME!, "elixirscope");
});
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const listed = async (...options: readonly string[]): Promise<readonly Line[]> => {
  const { code, stdout, stderr } = await world.run("audit", "--json", ...options);
  expect({ code, stderr: stderr.replace(/Nothing of that is in .*\n/, "") }).toEqual({ code: 0, stderr: "" });
  return jsonLines<Line>(stdout);
};

it("lists who did what, for people and for programs [audit.command]", async () => {
  expect(await listed()).toEqual([]);
  const cli = world.start("attach", node.name, "--json", "--no-open");
  await cli.said(/"url"/);
  expect((await world.run("level", "--level", "messages", "--json")).code).toBe(0);
  cli.signal("SIGINT");
  expect((await cli.finished()).code).toBe(0);

  const lines = await listed("--node", node.name, "--since", "1h");
  expect(lines.map(({ act }) => act)).toEqual(["attach", "attached", "tracing", "detached"]);
  const [attach, , tracing] = lines as [Line, Line, Line];
  expect(attach).toMatchObject({ surface: "cli", node: node.name });
  // Another process asked for it, by the one that is attached.
  expect(tracing.pid).toBe(attach.pid);
  expect(tracing.commandPid).not.toBe(attach.pid);
  expect(tracing.commandPid).toBeGreaterThan(0);
  expect(await listed("--node", "nobody@127.0.0.1")).toEqual([]);
  expect(await listed("--since", "2099-01-01T00:00:00Z")).toEqual([]);
  expect(await listed("--limit", "1")).toMatchObject([{ act: "detached" }]);

  const { stdout } = await world.run("audit");
  expect(stdout).toContain("observe → messages");
  expect(stdout).toContain(userInfo().username);
  expect(await readFile(join(folder, "audit.jsonl"), "utf8")).not.toContain(node.cookie);
});

it("says of a log that cannot be read or written what to do; where it is required it refuses [audit.required]", async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "audit.jsonl"), { recursive: true });
  const unread = await world.run("audit", "--json");
  expect(unread.code).toBe(1);
  expect(unread.stdout).toContain("AUDIT_NOT_READABLE");

  const brief = ["--for", "200ms", "--json", "--no-open"];
  const warned = await world.run("attach", node.name, ...brief);
  expect(warned.code).toBe(0);
  expect(warned.stderr).toContain("What is done on the node is not being written down.");
  const asked = await world.run("ps", node.name);
  expect(asked.code).toBe(0);
  expect(asked.stderr).toContain("cannot be written");

  const refused = await world.run("attach", node.name, "--require-audit", ...brief);
  expect(refused.code).toBe(4);
  expect(refused.stdout).toContain("AUDIT_NOT_WRITTEN");
  world.env.ELIXIRSCOPE_REQUIRE_AUDIT = "1";
  expect((await world.run("tree", node.name)).code).toBe(4);
  delete world.env.ELIXIRSCOPE_REQUIRE_AUDIT;
});

it("a line that is none of ours is told of, and the rest is read", async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "audit.jsonl"),
    'garbage\n{"time":"2026-11-27T03:00:00.000Z","act":"attach","node":"a@h"}\n',
  );
  const { stdout, stderr } = await world.run("audit", "--json");
  expect(jsonLines<Line>(stdout)).toMatchObject([{ act: "attach" }]);
  expect(stderr).toContain("1 line of");
});
