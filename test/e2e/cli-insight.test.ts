// What went wrong and how it usually is, asked on the command line: of recordings of real Phoenix, and of a faulty application.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startElixirNode } from "../testkit/elixir-node.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { loadFault, startFault } from "../testkit/faults.ts";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const QUESTION = "Why didn't the counter update when I clicked increment?";

interface Answer {
  readonly verdict?: string;
  readonly sentences: readonly { readonly text: string; readonly evidence: readonly number[] }[];
  readonly rows: readonly { readonly detector: string; readonly summary: string }[];
}

let node: ErlangNode;
let world: CliWorld;

beforeAll(async () => {
  node = await startElixirNode({ name: "cli_insight" });
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  const packed = readFileSync(join(ROOT, "test/recordings/phoenix-1.8.esrec.gz"));
  await writeFile(world.path("counter.esrec"), gunzipSync(packed));
}, 60_000);
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const asked = (...args: readonly string[]): Promise<Finished> =>
  world.run(...args, "--recording", "counter.esrec");
const answered = async (...args: readonly string[]): Promise<Answer> => {
  const { code, stdout } = await asked(...args, "--json");
  expect(code).toBe(0);
  return jsonLines<Answer>(stdout)[0]!;
};

describe("ask", () => {
  it("answers in sentences with their events, and says what to do [insight.ask]", async () => {
    const { code, stdout } = await asked("ask", QUESTION);
    expect(code).toBe(0);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toMatch(/HelloWeb\.CounterLive got the event "increment", .* \[\d+/);
    expect(text).toMatch(/"counter:udpates", which nobody is subscribed to, .* \[\d+\]/);
    expect(text).toMatch(/What to do .*counter:updates/);
    const answer = await answered("ask", QUESTION);
    expect(answer.verdict).toBe("warn");
    expect(answer.sentences.every(({ evidence }) => evidence.length > 0)).toBe(true);
  });

  it("answers who sends what, and what happened, where nothing need be wrong [insight.ask]", async () => {
    const { code, stdout } = await asked("ask", "Who calls increment of the worker?");
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/(?:called|broadcast) .*\[\d+/);
  });

  it("says whom it does not know, and what it did not understand [insight.unknown]", async () => {
    const stranger = await asked("ask", "Why did Shop.Zork deadlock?");
    expect(stranger.code).toBe(3);
    expect(stranger.stdout.replaceAll(/\s+/g, " ")).toContain(
      "Nothing in this recording is called Shop.Zork.",
    );
    const odd = await asked("ask", "quux frobnicate zork?");
    expect(odd.stdout.replaceAll(/\s+/g, " ")).toContain("What is asked for was not understood.");
  });

  it("refuses what is no question, and asks for one", async () => {
    const short = await asked("ask", "?");
    expect([short.code, short.stderr.includes("Ask in a sentence")]).toEqual([2, true]);
    expect((await asked("ask")).code).toBe(2);
    expect((await world.run("ask", QUESTION, "--recording", "none.esrec")).code).toBe(3);
    const forHelp = await world.run("ask", "--help");
    expect(forHelp.stdout.replaceAll(/\s+/g, " ")).toContain(
      "at the level state unless --level says otherwise",
    );
  });

  it("attaches to a node for the moment, and names who sends what nobody handles [insight.ask]", async () => {
    await loadFault(node, join(ROOT, "examples/faults"), "weather", true);
    await startFault(node, "weather");
    const question = "Why doesn't the weather display show any reading?";
    const { code, stdout } = await world.run("ask", question, "--node", node.name, "--for", "3s", "--json");
    expect(code).toBe(0);
    const [answer] = jsonLines<Answer>(stdout);
    expect(answer!.sentences[0]!.text).toMatch(
      /^Weather\.Display has no clause of handle_info\/2 for \{:reading/,
    );
  }, 60_000);
});

describe("diagnose", () => {
  it("prints each finding with its events and what to do, or JSON [insight.evidence]", async () => {
    const { code, stdout, stderr } = await asked("diagnose");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warn {2}broadcast_unheard/m);
    expect(stdout).toMatch(/^ {2}→ /m);
    expect(stderr).toMatch(/\d+ findings; \d+ detectors saw nothing of the kind/);
    expect((await answered("diagnose")).rows[0]!.detector).toBe("broadcast_unheard");
  });

  it("is of one process where that is asked, and refuses two things at once [insight.scope]", async () => {
    const { rows } = await answered("diagnose", "--process", "Hello.Counters.Worker");
    expect(rows.map(({ detector }) => detector)).toContain("broadcast_unheard");
    const both = await asked("diagnose", "--process", "Hello.Counters.Worker", "--in-flow", "f-1");
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("one of them or none");
    expect((await asked("diagnose", "--process", "Shop.Nobody")).code).toBe(3);
    expect((await asked("diagnose", "--limit", "0")).code).toBe(2);
  });
});

describe("patterns and anomalies", () => {
  it("say how it usually is, as a table or JSON", async () => {
    const { code, stdout, stderr } = await asked("patterns");
    expect(code).toBe(0);
    expect(stdout).toMatch(/SERIES +USUALLY/);
    expect(stderr).toMatch(/too short to learn from; one figure each/);
    expect((await answered("patterns")).rows.length).toBeGreaterThan(0);
  });

  it("say what was otherwise, in how many series, and refuse what is too fine", async () => {
    const { stderr } = await asked("anomalies");
    expect(stderr).toMatch(/anomal(?:y|ies) in \d+ series/);
    const fine = await asked("anomalies", "--every", "1ms");
    expect([fine.code === 0, fine.stderr.includes("more than 2000 stretches")]).toEqual([false, true]);
    expect((await asked("patterns", "--limit", "501")).code).toBe(2);
    expect((await world.run("anomalies", "--help")).stdout).toContain("elixirscope anomalies --recording");
  });
});
