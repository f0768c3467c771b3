// How often the right cause is ranked first: each application of examples/faults by itself, live, with what
// `elixirscope ask NODE` records by default, asked as its users would; and how many warnings the sound ones have.
// `--only NAME,NAME`, `--seconds N` (default 5, as `ask`), `--json`.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startElixirNode } from "@elixirscope/test/testkit/elixir-node";
import type { ErlangNode } from "@elixirscope/test/testkit/erlang-node";
import {
  FAULTS,
  type FaultCase,
  isRight,
  loadFault,
  startFault,
  stopFault,
} from "@elixirscope/test/testkit/faults";
import { Engine } from "elixirscope/engine";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const EXAMPLES = join(import.meta.dirname, "../../examples/faults");
const MS = Number(options.seconds) * 1000;
const wanted = options.only?.split(",");

interface Row {
  readonly example: string;
  readonly question: string;
  readonly right: boolean;
  readonly first: string;
  readonly said: string;
  /** Of the sound application. */
  readonly warnings: readonly string[];
  /** From the question to the answer, of the faulty one. */
  readonly answerMs: number;
}

/** Runs one by itself, and asks. */
async function observe<T>(
  node: ErlangNode,
  { name }: FaultCase,
  faulty: boolean,
  asked: (engine: Engine) => Promise<T>,
): Promise<T> {
  await loadFault(node, EXAMPLES, name, faulty);
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
    await startFault(node, name);
    await delay(MS);
    return await asked(engine);
  } finally {
    await stopFault(node, name);
    await engine.call("detach", {});
    await engine.stop();
  }
}

async function row(faulty: ErlangNode, sound: ErlangNode, fault: FaultCase): Promise<Row> {
  const { name: example, question } = fault;
  const [answered, warnings] = await Promise.all([
    observe(faulty, fault, true, async (engine) => {
      const from = performance.now();
      const answer = await engine.call("ask", { question });
      const [first] = answer.findings;
      return {
        right: isRight(fault, answer),
        first: first?.detector ?? "-",
        said: first?.summary ?? "",
        answerMs: performance.now() - from,
      };
    }),
    observe(sound, fault, false, async (engine) => {
      const { rows } = await engine.call("diagnose", {});
      return rows.filter(({ verdict }) => verdict === "warn").map(({ summary }) => summary);
    }),
  ]);
  return { example, question, ...answered, warnings };
}

const faulty = await startElixirNode({ name: "insight_faulty" });
process.env.ERL_EPMD_PORT = String(faulty.epmdPort);
const sound = await startElixirNode({ name: "insight_sound" });
const rows: Row[] = [];
try {
  for (const fault of FAULTS.filter(({ name }) => wanted?.includes(name) ?? true))
    rows.push(await row(faulty, sound, fault));
} finally {
  await faulty.stop();
  await sound.stop();
}
const result = {
  rows,
  right: rows.filter(({ right }) => right).length,
  of: rows.length,
  warningsOnSound: rows.reduce((sum, { warnings }) => sum + warnings.length, 0),
};
console.log(options.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
