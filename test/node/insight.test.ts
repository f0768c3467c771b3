// Faults in small applications, ten of them at the same time on one node, and the question that one has then; and the same
// applications without the faults.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Engine } from "elixirscope/engine";
import type { AskAnswer } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startElixirNode } from "../testkit/elixir-node.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { FAULTS, type FaultCase, loadFault, startFault, stopFault } from "../testkit/faults.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/faults");
/** So much of their time is recorded. */
const RECORDED_NS = 6_500_000_000;
const AT_ONCE = 10;

const BATCHES: readonly (readonly FaultCase[])[] = Array.from(
  { length: Math.ceil(FAULTS.length / AT_ONCE) },
  (_, i) => FAULTS.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
);

const newest = async (engine: Engine): Promise<number> =>
  (await engine.call("events", { limit: 1 })).rows[0]?.t ?? 0;

/** What was recorded of some applications while they ran. */
async function observed(node: ErlangNode, faults: readonly FaultCase[], faulty: boolean): Promise<Engine> {
  for (const fault of faults) await loadFault(node, EXAMPLES, fault.name, faulty);
  const engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  await Promise.all(faults.map(({ name }) => startFault(node, name)));
  const since = await newest(engine);
  // On a busy machine the record is behind.
  while ((await newest(engine)) < since + RECORDED_NS) await delay(200);
  await engine.call("detach", {});
  for (const fault of faults) await stopFault(node, fault.name);
  return engine;
}

const nodes: ErlangNode[] = [];
const faulty: Engine[] = [];
const sound: Engine[] = [];

beforeAll(async () => {
  for (const name of ["insight_faulty", "insight_sound"]) {
    const node = await startElixirNode({ name });
    process.env.ERL_EPMD_PORT = String(node.epmdPort);
    nodes.push(node);
  }
  for (const batch of BATCHES) {
    const both = [observed(nodes[0]!, batch, true), observed(nodes[1]!, batch, false)];
    const [bad, good] = await Promise.all(both);
    faulty.push(bad!);
    sound.push(good!);
  }
}, 180_000);
afterAll(async () => {
  for (const engine of [...faulty, ...sound]) await engine.stop();
  for (const node of nodes) await node.stop();
});

const ask = (question: string, engine: Engine): Promise<AskAnswer> => engine.call("ask", { question });

describe("faulty applications", () => {
  it.each(FAULTS)(
    "$name: $question [insight.ask] [insight.evidence] [insight.right]",
    async (fault) => {
      const { question, truth } = fault;
      const engine = faulty[BATCHES.findIndex((batch) => batch.includes(fault))]!;
      const answer = await ask(question, engine);
      const [first] = answer.findings;
      expect({ ...first, all: answer.findings.map(({ summary }) => summary) }).toMatchObject({
        verdict: truth.verdict ?? "warn",
        detector: truth.detector,
        summary: expect.stringMatching(truth.says),
      });
      if (truth.process !== undefined)
        expect(first!.processes.map(({ label }) => label)).toContain(truth.process);
      expect(first!.evidence.length).toBeGreaterThan(0);
      for (const id of first!.evidence) expect((await engine.call("event", { id })).id).toBe(id);
    },
    30_000,
  );
});

describe("sound applications", () => {
  it.each(BATCHES.map((batch, i) => ({ i, names: batch.map(({ name }) => name).join(", ") })))(
    "have no warning, whatever is asked: $names [insight.sound]",
    async ({ i }) => {
      const engine = sound[i]!;
      const { rows } = await engine.call("diagnose", {});
      expect(rows.filter(({ verdict }) => verdict === "warn")).toEqual([]);
      for (const { question } of BATCHES[i]!) {
        const { verdict, findings } = await ask(question, engine);
        expect({ question, verdict, findings }).toMatchObject({ verdict: expect.not.stringMatching("warn") });
      }
    },
    30_000,
  );
});
