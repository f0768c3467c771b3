// What a user has: commands that record into ClickHouse and read from it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestServer } from "../../packages/elixirscope/src/store/clickhouse/testing-server.js";
import { CliWorld, jsonLines } from "../e2e/support/cli-process.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

const PASSWORD = "correct horse";
let node: ErlangNode;
let server: TestServer;
let world: CliWorld;
beforeAll(async () => {
  node = await startErlangNode({ name: "clickhouse_cli_test" });
  server = await TestServer.start({ password: PASSWORD });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  Object.assign(world.env, server.env);
});
afterAll(async () => {
  await world.remove();
  await node.stop();
  await server.stop();
});

it("records into it, lists it, and reads from it as from a file", async () => {
  const recorded = await world.run("record", node.name, "--for", "1s", "--out", "clickhouse:cli", "--json");
  expect(recorded).toMatchObject({ code: 0, stderr: "" });
  const summary = jsonLines<{ recording: string; events: number }>(recorded.stdout).at(-1)!;
  expect(summary.recording).toBe("clickhouse:cli");

  const listed = await world.run("recordings", "--json");
  expect(jsonLines(listed.stdout)).toMatchObject([
    { recording: "clickhouse:cli", events: summary.events, nodes: [node.name] },
  ]);
  expect((await world.run("recordings")).stdout).toMatch(/RECORDING .*\n.*clickhouse:cli/);

  const ps = await world.run("ps", "--recording", "clickhouse:cli", "--json", "--limit", "1000");
  expect(ps.stderr).toBe("");
  const { total, rows } = JSON.parse(ps.stdout) as { total: number; rows: readonly unknown[] };
  expect(total).toBeGreaterThan(20);
  expect(rows).toHaveLength(total);
  const sql = await world.run(
    "query",
    "SELECT count() AS n FROM events",
    "--recording",
    "clickhouse:cli",
    "--json",
  );
  expect(jsonLines(sql.stdout)).toEqual([{ n: String(summary.events) }]);
});

it("leaves nothing behind where no node could be attached", async () => {
  const failed = await world.run("record", "nobody@127.0.0.1", "--for", "1s", "--out", "clickhouse:nobody");
  expect(failed.code).toBe(3);
  const listed = await world.run("recordings", "--json");
  expect(listed.stdout).not.toContain("clickhouse:nobody");
});

it.each([
  [{ ELIXIRSCOPE_CLICKHOUSE_PASSWORD: "wrong" }, 4, "does not let default in"],
  [{ ELIXIRSCOPE_CLICKHOUSE_URL: "http://127.0.0.1:1" }, 3, "cannot be reached"],
  [{ ELIXIRSCOPE_CLICKHOUSE_URL: "" }, 2, "set ELIXIRSCOPE_CLICKHOUSE_URL"],
  [{ ELIXIRSCOPE_CLICKHOUSE_URL: "http://db.example:8123" }, 2, "use https"],
])("says what is wrong with the server: %j", async (env, code, text) => {
  const before = { ...world.env };
  Object.assign(world.env, env);
  const answers = [await world.run("recordings"), await world.run("ps", "--recording", "clickhouse:cli")];
  Object.assign(world.env, before);
  for (const answer of answers) {
    expect(answer.code).toBe(code);
    expect(answer.stderr).toContain(text);
    expect(answer.stdout + answer.stderr).not.toContain(PASSWORD);
  }
});

it("does not write over a recording, and does not open one that is not there", async () => {
  const twice = await world.run("record", node.name, "--for", "1s", "--out", "clickhouse:cli");
  expect(twice.code).not.toBe(0);
  expect(twice.stderr).toContain("exists already");
  const missing = await world.run("open", "clickhouse:missing", "--no-open");
  expect(missing.code).toBe(3);
  expect(missing.stderr).toContain("no recording clickhouse:missing");
});
