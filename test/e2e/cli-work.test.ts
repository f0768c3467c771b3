// Sums, paths and time spent as people ask for them, on a recording of real Phoenix (test/recordings), and what is refused.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";

let world: CliWorld;

beforeAll(async () => {
  // Nothing is attached to here; nobody listens on that port.
  world = await CliWorld.create({ epmdPort: 1 });
  const packed = fileURLToPath(new URL("../recordings/phoenix-1.8.esrec.gz", import.meta.url));
  await writeFile(world.path("counter.esrec"), gunzipSync(readFileSync(packed)));
});
afterAll(() => world.remove());

const asked = (...args: readonly string[]): Promise<Finished> =>
  world.run(...args, "--recording", "counter.esrec");

async function told(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await asked(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.not.stringContaining("Error") });
  return stdout;
}

it("sums up, over time too, and says who sent whom how much", async () => {
  expect(await told("aggregate")).toMatch(/COUNT +KIND\n *6,563 +sample\n/);
  const over = await told("aggregate", "--of", "work:p95", "--by", "mfa", "--every", "5s", "--limit", "2");
  expect(over).toMatch(/AT +COUNT +P95 +MFA\n/);
  expect(over).toMatch(/\n *5 s +\d+ +[\d.]+ [µm]s +\S+/);
  expect(await told("message-flow", "--by", "application", "--limit", "3")).toMatch(
    /MESSAGES +BYTES .*FROM +TO\n *502 +429 KB/,
  );
});

it("says where time went", async () => {
  const worker = "Hello.Counters.Worker";
  const [hot, tree, folded, profile, waits, graph, slowest] = await Promise.all([
    told("hot", "--limit", "3"),
    told("flame", "--process", worker),
    told("flame", "--format", "folded", "--mfa", "Hello.*.handle_call/3"),
    told("flame", "--format", "speedscope"),
    told("waits", "--limit", "2"),
    told("call-graph", "--limit", "2"),
    told("slowest", "--limit", "2"),
  ]);
  expect(hot).toMatch(/OWN +SHARE +TOTAL +CALLS +MOST +FUNCTION/);
  expect(tree).toMatch(/^SHARE +TOTAL +OWN\n100\.0% .* Hello\.Counters\.Worker\n/);
  expect(folded).toMatch(/^Hello\.Counters\.\w+;Hello\.Counters\.\w+\.handle_call\/3 \d+\n/);
  expect(JSON.parse(profile)).toMatchObject({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    profiles: [{ type: "sampled", unit: "nanoseconds" }],
  });
  expect(waits).toMatch(/WAITED +P95 +MESSAGES +WORKED/);
  expect(graph).toMatch(/TOTAL +OWN +CALLS +CALLER +CALLEE/);
  expect(slowest).toMatch(/TOOK +OWN +ID +WHAT +PROCESS/);
});

it("goes along a flow, and to the end of a process", async () => {
  const [flow] = jsonLines<{ id: string; durationNs: number }>(
    await told("flows", "--entry", "click increment", "--slowest", "--json"),
  );
  expect(await told("path", "--in-flow", flow!.id)).toMatch(/\[\] Hello\.Counters\.Worker\.handle_call\/3/);
  const [path] = jsonLines<{ totalNs: number }>(await told("critical", flow!.id, "--json"));
  expect(path!.totalNs).toBe(flow!.durationNs);
  expect(await told("critical", flow!.id)).toMatch(/TOOK +SHARE +WHAT +PROCESS +MESSAGE\n/);
  const [crash] = jsonLines<{ process: { handle: string } }>(await told("crashes", "--json"));
  expect(await told("last-events", crash!.process.handle, "--limit", "5")).toMatch(/ exit .*\n$/);
});

it("answers every question by its name, and says what it takes", async () => {
  expect((await world.run("query", "--list")).stdout).toMatch(/^aggregate +counts, sums/);
  expect((await world.run("query", "aggregate", "--list")).stdout).toMatch(/everyNs= +a duration/);
  expect(await told("query", "hot", "limit=2")).toMatch(/TYPE +NAME +COUNT +OWNNS/);
  const [answer] = jsonLines<{ rows: unknown[] }>(
    await told("query", "events", "kinds=exit", "limit=2", "--json"),
  );
  expect(answer!.rows).toHaveLength(2);
  const wrong = await asked("query", "hot", "x=1");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('hot takes no "x".')]);
});

it("points at the column of a mistake, and says what is too fine or not there", async () => {
  const [glob, match, fine, none] = await Promise.all([
    asked("events", "--mfa", "Hello.*.add/x"),
    asked("events", "--match", "%{a: }"),
    asked("aggregate", "--every", "1ms"),
    asked("critical", "f-1"),
  ]);
  expect(glob.code).toBe(2);
  expect(glob.stderr).toContain("  Hello.*.add/x\n              ^");
  expect([match.code, match.stderr]).toEqual([2, expect.stringContaining("  %{a: }\n       ^")]);
  expect([fine.code, fine.stderr]).toEqual([2, expect.stringContaining("Give a longer one")]);
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("elixirscope flows")]);
});
