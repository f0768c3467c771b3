import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { longestStretches, type Stretches } from "../testkit/stretch.ts";
import { startWorkload, workloadResult } from "../testkit/workload.ts";

// Questions about all that was recorded so far, again and again, while a busy node is being recorded by the same thread.

/** A beat goes out every 200 ms; without one for 700 ms the agent leaves. */
const BEAT_MS = 200;
const AGENT_MS = 700;
const EVENTS = 50_000;
const READ = 200_000;

let node: ErlangNode;
let engine: Engine;

const QUESTIONS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["diagnose", () => engine.call("diagnose", {})],
  ["anomalies", () => engine.call("anomalies", { read: READ })],
  ["aggregate", () => engine.call("aggregate", { of: "duration", by: ["mfa"], read: READ })],
  ["messageFlow", () => engine.call("messageFlow", {})],
  ["flame", () => engine.call("flame", { read: READ })],
  ["hot", () => engine.call("hot", { read: READ })],
  ["slowest", () => engine.call("slowest", { read: READ })],
  [
    "snapshotAt",
    async () => engine.call("snapshotAt", { t: (await engine.call("status", {})).t, limit: 200 }),
  ],
];

beforeAll(async () => {
  node = await startErlangNode();
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "calls" });
  await startWorkload(node, 20);
}, 60_000);
afterAll(async () => {
  await engine.stop();
  await node.stop();
});

const recorded = async (): Promise<number> => (await engine.call("status", {})).lastEventId;

it("keeps to its beats while it is asked about a node that it records [safety.responsive]", async () => {
  while ((await recorded()) < EVENTS) await engine.call("events", { limit: 1 });
  const each = new Map<string, Stretches>();
  for (const [name, ask] of QUESTIONS) each.set(name, await longestStretches(ask));
  const together = (): Promise<unknown> => Promise.all(QUESTIONS.map(([, ask]) => ask()));
  each.set("together", await longestStretches(together));
  const long = [...each].filter(([, { worked }]) => worked >= BEAT_MS);
  expect(long).toEqual([]);
  expect(await workloadResult(node)).toBe("right");
  const status = await engine.call("detach", {});
  const gaps = await engine.call("gaps", {});
  // A machine that stands still for longer than the agent waits has gaps, whoever asks what.
  const stood = [...each.values()].some(({ passed }) => passed >= AGENT_MS);
  expect(gaps.filter(({ cause }) => cause === "detached" && !stood)).toEqual([]);
  expect(status.nodes[0]?.reason).toBe("detached");
}, 120_000);
