import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld, jsonLines } from "./support/cli-process.ts";

interface Pin {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}
interface EventRow {
  readonly id: number;
  readonly t: number;
}

let node: ErlangNode;
let world: CliWorld;
beforeAll(async () => {
  node = await startErlangNode({ name: "ring_test" });
  await node.eval(`register(busy, spawn(fun() ->
    Echo = spawn_link(fun L() -> receive {P, M} -> P ! M, L() end end),
    register(echo, Echo),
    (fun L(N) -> Echo ! {self(), N}, receive N -> ok end, timer:sleep(2), L(N + 1) end)(0)
  end))`);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
});
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const pinsOf = async (...args: readonly string[]): Promise<readonly Pin[]> => {
  const { code, stdout, stderr } = await world.run(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return jsonLines<Pin>(stdout);
};

/** Until there is an event with this id. */
async function untilRecorded(id: number): Promise<void> {
  const newest = async (): Promise<number> => {
    const { stdout } = await world.run("events", "--limit", "1", "--json");
    return jsonLines<EventRow>(stdout)[0]?.id ?? 0;
  };
  await expect.poll(newest, { timeout: 120_000 }).toBeGreaterThan(id);
}

it("records as a ring, keeps what is pinned, and knows the living [store.retention] [store.pins] [store.retention.said]", async () => {
  const file = world.path("ring.esrec");
  const cli = world.start(
    "record",
    node.name,
    "--level",
    "messages",
    "--out",
    file,
    "--keep-events",
    "2000",
    "--json",
  );
  await cli.said(/recording/);
  await untilRecorded(200);
  const pins = await pinsOf("pin", "start");
  expect(pins.map(({ name }) => name)).toEqual(["start"]);
  await pinsOf("pin", "other");
  expect(await pinsOf("unpin", "other")).toEqual(pins);
  const unknown = await world.run("unpin", "nothing", "--json");
  expect(unknown.code).toBe(1);
  expect(unknown.stdout).toContain("QUERY_NO_SUCH_PIN");

  // Until several times the limit has gone through it.
  await untilRecorded(8_000);
  cli.signal("SIGINT");
  expect((await cli.finished()).code).toBe(0);

  expect(await pinsOf("pins", "--recording", file)).toEqual(pins);
  const all = ["--kind", "send,receive", "--limit", "all", "--json"];
  const { stdout } = await world.run("events", "--recording", file, ...all);
  const rows = jsonLines<EventRow>(stdout);
  const kept = rows.filter(({ t }) => t <= pins[0]!.to).length;
  expect(kept).toBeGreaterThan(0);
  expect(rows.length - kept).toBeLessThanOrEqual(2_000);
  const { stdout: ps } = await world.run("ps", "--recording", file, "--search", "echo", "--json");
  expect(ps).toContain(":echo");
});

it("answers SQL about a recording that is being made, and changes nothing [store.sql]", async () => {
  const cli = world.start(
    "record",
    node.name,
    "--level",
    "messages",
    "--out",
    world.path("sql.esrec"),
    "--json",
  );
  await cli.said(/recording/);
  const sql = "SELECT kind, count(*)::INTEGER AS n FROM events_readable WHERE kind = 'process' GROUP BY ALL";
  await expect
    .poll(async () => jsonLines<{ n: number }>((await world.run("query", sql, "--json")).stdout)[0]?.n ?? 0, {
      timeout: 120_000,
    })
    .toBeGreaterThan(10);
  const table = await world.run("query", sql);
  expect(table.stdout).toMatch(/KIND +N\n *process +\d+/);
  for (const bad of [
    "DELETE FROM events",
    "SELECT * FROM read_text('/etc/passwd')",
    "ATTACH ':memory:' AS x",
  ]) {
    const { code, stdout } = await world.run("query", bad, "--json");
    expect({ bad, code }).toEqual({ bad, code: 1 });
    expect(stdout).toContain("STORE_SQL_NOT_READ_ONLY");
  }
  // What is there so far can be exported, but for what DuckDB would have to open the file for.
  const exported = await world.run("export", "--format", "ndjson", "--kind", "process");
  expect(exported.code).toBe(0);
  expect(jsonLines<EventRow>(exported.stdout).length).toBeGreaterThan(10);
  const trace = await world.run("export", "--format", "perfetto", "--process", "echo");
  const { traceEvents } = JSON.parse(trace.stdout) as { traceEvents: readonly { name: string }[] };
  expect(traceEvents.map(({ name }) => name)).toContain("thread_name");
  const wrong = await world.run("query", "SELECT nonsense FROM events");
  expect(wrong.stderr).toContain('column "nonsense" not found');
  cli.signal("SIGINT");
  expect((await cli.finished()).code).toBe(0);
});

it("says what a limit must look like", async () => {
  const wrong = await world.run("record", node.name, "--out", world.path("x.esrec"), "--keep-size", "12");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("500MB or 2GB");
  const small = await world.run(
    "record",
    node.name,
    "--out",
    world.path("x.esrec"),
    "--keep-size",
    "1MB",
    "--json",
  );
  expect(small.stdout).toContain("STORE_BAD_KEEP");
});
