import { existsSync, readdirSync, readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import mermaid from "mermaid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliWorld, jsonLines } from "./support/cli-process.ts";
import { unpacked } from "./support/recordings.ts";

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly process: { readonly handle: string } | null;
  readonly peer: { readonly handle: string } | null;
  readonly term?: { readonly text: string };
  readonly value?: unknown;
}

let world: CliWorld;
let phoenix: string;
beforeAll(async () => {
  world = await CliWorld.create({ epmdPort: 1 });
  phoenix = unpacked(world, "phoenix-1.8");
});
afterAll(() => world.remove());

/** What a command prints; it must go well, and say nothing else. */
async function printed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(...args, "--recording", phoenix);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}
const exported = (format: string, ...args: readonly string[]): Promise<string> =>
  printed("export", "--format", format, ...args);

describe("export --format ndjson", () => {
  it("has each event as `events --json` has it, and its term as text and as data [export.ndjson]", async () => {
    const rows = jsonLines<Row>(await exported("ndjson"));
    const plain = rows.map(({ term: _term, value: _value, ...row }) => row);
    expect(plain).toEqual(jsonLines(await printed("events", "--limit", "all", "--json")));
    const click = rows.find(({ term }) => term?.text.includes(":increment, 1}}"))!;
    expect(click.term!.text).toContain(':"$gen_call"');
    expect(click.value).toEqual({
      tuple: [':"$gen_call"', expect.anything(), { tuple: [":increment", 1] }],
    });
  });

  it("takes what events takes, and a flow [export.choices]", async () => {
    const choice = [
      "--process",
      "Hello.Counters.Worker",
      "--kind",
      "state,dispatch",
      "--from",
      "2s",
      "--to",
      "9s",
    ];
    const chosen = jsonLines<Row>(await exported("ndjson", ...choice)).map(({ id }) => id);
    expect(chosen.length).toBeGreaterThan(1);
    expect(chosen).toEqual(
      jsonLines<Row>(await printed("events", ...choice, "--limit", "all", "--json")).map(({ id }) => id),
    );
    const match = ["--match", "{:increment, 1}"];
    const matching = jsonLines<Row>(await exported("ndjson", ...match)).map(({ id }) => id);
    expect(matching.length).toBeGreaterThan(1);
    expect(matching).toEqual(
      jsonLines<Row>(await printed("events", ...match, "--limit", "all", "--json")).map(({ id }) => id),
    );
    const [flow] = jsonLines<{ id: string }>(await flowsOf(phoenix, "--entry", "click increment"));
    const ofFlow = jsonLines<Row>(await exported("ndjson", "--in-flow", flow!.id)).map(({ id }) => id);
    expect(ofFlow.length).toBeGreaterThan(10);
    expect(ofFlow).toEqual(
      jsonLines<Row>(await printed("events", "--in-flow", flow!.id, "--limit", "all", "--json")).map(
        ({ id }) => id,
      ),
    );
  });

  it("writes a file that is whole or not there, and never over another one [export.whole]", async () => {
    const out = world.path("all.ndjson");
    const { code, stdout } = await world.run(
      "export",
      "--format",
      "ndjson",
      "--recording",
      phoenix,
      "--out",
      out,
      "--json",
    );
    expect(code).toBe(0);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    expect(JSON.parse(stdout)).toEqual({ format: "ndjson", out, events: lines.length });
    const again = await world.run("export", "--format", "ndjson", "--recording", phoenix, "--out", out);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("all.ndjson exists already");
    expect(readdirSync(world.home).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

describe("export --format mermaid", () => {
  it("draws flows as Mermaid itself reads them [export.mermaid]", async () => {
    const markdown = await exported("mermaid", "--limit", "12");
    const diagrams = Array.from(markdown.matchAll(/```mermaid\n([\s\S]+?)```/g), ([, text]) => text!);
    expect(diagrams).toHaveLength(jsonLines(await flowsOf(phoenix)).length);
    expect(markdown).toMatch(/… \d+ lines more/);
    for (const text of diagrams) {
      const lines = text.trim().split("\n").length - 1;
      const { actors, messages } = await drawn(text);
      expect({ text, lines: actors.length + messages.length }).toEqual({ text, lines });
    }
    const [click] = jsonLines<{ id: string }>(await flowsOf(phoenix, "--entry", "click increment"));
    const { actors, messages } = await drawn(await exported("mermaid", "--flow", click!.id));
    expect(actors).toContain("Hello.Counters.Worker");
    expect(messages).toContain("call {:increment, 1}");
    expect(messages).toContain("click increment on HelloWeb.CounterLive");
    expect(messages.some((text) => /\.count: \d+ → \d+/.test(text))).toBe(true);
  });
});

/** What Mermaid's own parser makes of a diagram. */
async function drawn(text: string): Promise<{ readonly actors: string[]; readonly messages: string[] }> {
  expect(await mermaid.parse(text)).toMatchObject({ diagramType: "sequence" });
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const sequence = db as unknown as Sequence;
  return {
    actors: [...sequence.getActors().values()].map(({ description }) => description),
    messages: sequence.getMessages().map(({ message }) => message),
  };
}

interface Sequence {
  getActors(): Map<string, { readonly description: string }>;
  getMessages(): readonly { readonly message: string }[];
}

const flowsOf = async (file: string, ...args: readonly string[]): Promise<string> =>
  (await world.run("flows", "--recording", file, "--limit", "2000", "--json", ...args)).stdout;

describe("export --format recording", () => {
  it("gives a flow away in a file of its own, without what is to be hidden [insight.share]", async () => {
    const out = world.path("click.esrec");
    const clicks = await world.run("flows", "--entry", "click increment", "--recording", phoenix, "--json");
    const flows = jsonLines<{ readonly id: string }>(clicks.stdout);
    const choice = ["--flow", flows[0]!.id, "--hide", "counter:udpates", "--recording", phoenix];
    const { code, stdout } = await world.run(
      "export",
      "--format",
      "recording",
      ...choice,
      "--out",
      out,
      "--json",
    );
    expect(code).toBe(0);
    const said = JSON.parse(stdout) as { readonly events: number; readonly overwritten: number };
    expect(said.events).toBeGreaterThan(0);
    expect(said.overwritten).toBeGreaterThan(0);
    expect(readFileSync(out).includes("counter:udpates")).toBe(false);
    const broadcasts = await world.run("broadcasts", "--recording", out, "--json");
    expect(broadcasts.stdout).toContain("*".repeat("counter:udpates".length));
    expect(broadcasts.stdout).not.toContain("udpates");
  });
});

describe("export --format parquet", () => {
  it("makes a file of each table, which others than DuckDB read too [export.parquet]", async () => {
    const out = world.path("parquet");
    const { code, stderr } = await world.run(
      "export",
      "--format",
      "parquet",
      "--recording",
      phoenix,
      "--out",
      out,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/✔ [\d,]+ events → /) });
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`ATTACH '${phoenix}' AS r (READ_ONLY)`);
    const files = readdirSync(out);
    expect(files).toContain("events.parquet");
    for (const file of files) {
      const table = `r.${file.replace(".parquet", "")}`;
      const copy = `read_parquet('${out}/${file}')`;
      const differing = await connection.runAndReadAll(
        `SELECT count(*) FROM ((FROM ${table} EXCEPT ALL FROM ${copy}) UNION ALL (FROM ${copy} EXCEPT ALL FROM ${table}))`,
      );
      expect([file, differing.getRowsJS()]).toEqual([file, [[0n]]]);
    }
    // By a reader that has nothing of DuckDB.
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(`${out}/events.parquet`),
      compressors,
    });
    const answer = await connection.runAndReadAll(
      "SELECT id, ts, pid, payload_length FROM r.events ORDER BY id",
    );
    expect(rows.map(({ id, ts, pid, payload_length: length }) => [id, ts, pid, Number(length)])).toEqual(
      answer.getRowsJS(),
    );
    connection.disconnectSync();
    instance.closeSync();
  });

  it("takes the part that was asked for, with its payloads [export.choices]", async () => {
    const out = world.path("part");
    const choice = ["--kind", "state", "--process", "Hello.Counters.Worker"];
    const args = ["export", "--format", "parquet", "--recording", phoenix, "--out", out, ...choice, "--json"];
    const { code, stdout } = await world.run(...args);
    expect(code).toBe(0);
    const wanted = jsonLines<Row>(await printed("events", ...choice, "--limit", "all", "--json"));
    expect(JSON.parse(stdout)).toEqual({ format: "parquet", out, events: wanted.length });
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const answer = await connection.runAndReadAll(
      `SELECT e.id FROM '${out}/events.parquet' e JOIN '${out}/pieces.parquet' p USING (piece)
       WHERE octet_length(p.bytes) >= e.payload_offset + e.payload_length ORDER BY e.id`,
    );
    expect(answer.getRowsJS().map(([id]) => Number(id))).toEqual(wanted.map(({ id }) => id));
    connection.disconnectSync();
    instance.closeSync();
  });

  it("says what it needs [export.errors]", async () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["--format parquet makes a folder", ["--format", "parquet", "--recording", phoenix]],
      ["made of a recording that has ended", ["--format", "parquet", "--out", world.path("y")]],
      ["takes no --match", ["--format", "parquet", "--match", "1", "--recording", phoenix, "--out", "z"]],
      ["No ElixirScope is attached", ["--format", "ndjson"]],
      ["--json says what was written where", ["--format", "ndjson", "--json", "--recording", phoenix]],
      ["There is no file", ["--format", "ndjson", "--recording", "nothing.esrec"]],
      ["No process", ["--format", "ndjson", "--recording", phoenix, "--process", "Nobody"]],
      ["No process", ["--format", "parquet", "--recording", phoenix, "--process", "Nobody", "--out", "w"]],
      ["--format recording makes a file", ["--format", "recording", "--recording", phoenix]],
      ["made of one that has ended", ["--format", "recording", "--out", world.path("y")]],
      ["is no pattern", ["--format", "recording", "--recording", phoenix, "--out", "z", "--hide", "/(/"]],
      ["takes no --hide", ["--format", "ndjson", "--recording", phoenix, "--hide", "x"]],
      ["Allowed choices are", ["--format", "csv", "--recording", phoenix]],
    ];
    for (const [words, args] of cases) {
      const { code, stderr, stdout } = await world.run("export", ...args);
      expect({ words, said: stderr + stdout }).toEqual({ words, said: expect.stringContaining(words) });
      expect(code).not.toBe(0);
    }
    expect(existsSync(world.path("w"))).toBe(false);
  });
});
