// Faults in small applications, all of them at the same time on one node, and the question that one has then; and the same
// applications without the faults.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Engine } from "elixirscope/engine";
import type { AskAnswer, DiagnoseAnswer } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startElixirNode } from "../testkit/elixir-node.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { FAULTS, loadFault, startFault } from "../testkit/faults.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/faults");
/** So long the applications run. */
const RUNNING_MS = 6_000;

interface Observed {
  readonly node: ErlangNode;
  readonly engine: Engine;
}

async function observed(name: string, faulty: boolean): Promise<Observed> {
  const node = await startElixirNode({ name });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  for (const fault of FAULTS) await loadFault(node, EXAMPLES, fault.name, faulty);
  const engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  for (const fault of FAULTS) await startFault(node, fault.name);
  return { node, engine };
}

let faulty: Observed;
let sound: Observed;

beforeAll(async () => {
  faulty = await observed("insight_faulty", true);
  sound = await observed("insight_sound", false);
  await delay(RUNNING_MS);
  for (const { engine } of [faulty, sound]) await engine.call("detach", {});
}, 60_000);
afterAll(async () => {
  for (const { node, engine } of [faulty, sound]) {
    await engine.stop();
    await node.stop();
  }
});

const ask = (question: string, { engine }: Observed): Promise<AskAnswer> => engine.call("ask", { question });

describe("faulty applications", () => {
  it.each(FAULTS)(
    "$name: $question [insight.ask] [insight.evidence] [insight.right]",
    async ({ question, truth }) => {
      const answer = await ask(question, faulty);
      const [first] = answer.findings;
      expect({ ...first, all: answer.findings.map(({ summary }) => summary) }).toMatchObject({
        verdict: truth.verdict ?? "warn",
        detector: truth.detector,
        summary: expect.stringMatching(truth.says),
      });
      if (truth.process !== undefined)
        expect(first!.processes.map(({ label }) => label)).toContain(truth.process);
      expect(first!.evidence.length).toBeGreaterThan(0);
      for (const id of first!.evidence) expect((await faulty.engine.call("event", { id })).id).toBe(id);
    },
  );
});

describe("sound applications", () => {
  it("have no warning, whatever is asked [insight.sound]", async () => {
    const answer: DiagnoseAnswer = await sound.engine.call("diagnose", {});
    expect(answer.rows.filter(({ verdict }) => verdict === "warn")).toEqual([]);
    for (const { question } of FAULTS) {
      const { verdict, findings } = await ask(question, sound);
      expect({ question, verdict, findings }).toMatchObject({ verdict: expect.not.stringMatching("warn") });
    }
  });
});
