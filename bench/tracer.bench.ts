// What observing costs and what comes of it: a busy node under each tracer in turn, side by side in one run.
// `--processes 1,10,…` of the application (default 10; each has a partner where it needs one), `--workloads messages,…`,
// `--seconds N` a measurement (default 1.5), `--json`. ELIXIRSCOPE_ERL names another erl.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ErlangNode, startErlangNode } from "@elixirscope/test/testkit/erlang-node";
import { EngineClient } from "elixirscope/engine";
import { HOW_TO_GET, peerPaths } from "./peers.ts";
import { type Kind, type Measured, peerFactor, type Row, rowOf, worst } from "./tracer-rows.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "1.5" },
    processes: { type: "string", default: "10" },
    workloads: { type: "string", default: "messages,calls,states" },
    json: { type: "boolean", default: false },
  },
});
const MS = Math.round(Number(options.seconds) * 1000);
const COUNTS = options.processes.split(",").map(Number);
const WORKLOADS = options.workloads.split(",") as readonly Kind[];
const SOURCE = join(import.meta.dirname, "../bench_work.erl");
const TIMEOUT_MS = 120_000;

/** As it ships beside a node on the same machine (niceness 5), and as other programs are. */
const OURS: readonly (readonly [tracer: string, nice: string])[] = [
  ["elixirscope", ""],
  ["elixirscope, nice 0", "0"],
];
/**
 * Other tools, each so that what it delivers can be asked for afterwards, by whatever means: text in a file, or terms in a file
 * that are read back. recon traces calls only, and redbug only those of exported functions, which `gen_server:loop` is not on
 * every release.
 */
const TRACERS: Readonly<Record<Kind, readonly Peer[]>> = {
  messages: ["dbg_text", "dbg_file", "redbug"],
  calls: ["dbg_text", "dbg_file", "recon", "redbug"],
  states: ["dbg_text", "dbg_file", "recon"],
};
type Peer = keyof typeof LABELS;
const LABELS = {
  dbg_text: "dbg, text to a file",
  dbg_file: "dbg, file port, read back",
  recon: "recon, text to a file",
  redbug: "redbug, text to a file",
} as const;
const MODULES: Readonly<Record<string, string>> = { recon: "recon_trace", redbug: "redbug" };

/** Each measurement has a node of its own: what one tracer leaves behind must not weigh on the next. */
async function onFreshNode<T>(work: (node: ErlangNode) => Promise<T>): Promise<T> {
  const node = await startErlangNode({ args: peerPaths() });
  try {
    await node.eval(
      `{ok, bench_work, Code} = compile:file(${JSON.stringify(SOURCE)}, [binary]), {module, _} = code:load_binary(bench_work, "bench_work", Code)`,
    );
    return await work(node);
  } finally {
    await node.stop();
  }
}

/** Under a tracer inside of the node. */
async function inside(node: ErlangNode, tracer: string, kind: Kind, count: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const file = JSON.stringify(join(folder, "trace"));
    const answer = await node.eval(
      `bench_work:under(${tracer}, ${kind}, ${count}, ${MS}, ${file})`,
      TIMEOUT_MS,
    );
    const [ms, ops, cpuMs, busyMs, bytes, mailbox, events, afterMs] = numbers(answer);
    return {
      ms: ms!,
      ops: per(ops!, ms!),
      cpuMs: cpuMs!,
      busyMs: busyMs!,
      bytes: bytes!,
      mailbox: mailbox!,
      events: per(events!, ms!),
      queryable: per(events!, ms! + afterMs!),
      dropped: 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const numbers = (text: string): readonly number[] => text.replace(/[{}]/g, "").split(",").map(Number);
const per = (count: number, ms: number): number => (count / ms) * 1000;

/** ElixirScope as it ships: engine in its thread, agent in the node, everything into a recording. */
async function elixirscope(
  node: ErlangNode,
  kind: Kind,
  count: number,
  nice: string,
): Promise<Measured | string> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  process.env["ERL_EPMD_PORT"] = String(node.epmdPort);
  process.env["ELIXIRSCOPE_NICE"] = nice;
  forward();
  const engine = await EngineClient.start({ version: "bench", recording: join(folder, "r.esrec") });
  try {
    const before = Number(await node.eval("erlang:memory(total)"));
    await node.eval(`persistent_term:put(work, bench_work:start(${kind}, ${count}))`);
    await engine.call("attach", {
      node: node.name,
      cookie: node.cookie,
      level: kind === "states" ? "state" : kind,
      patterns: kind === "calls" ? [":bench_work.step/1"] : [],
    });
    return await measured(engine, node, before);
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Threads that an earlier engine left behind: those of the pool of Node.js stepped back with it. Needs the privilege. */
function forward(): void {
  if (process.platform !== "linux") return;
  for (const thread of readdirSync("/proc/self/task")) setPriority(Number(thread), 0);
}

/** Or why what was measured says nothing. */
async function measured(engine: EngineClient, node: ErlangNode, before: number): Promise<Measured | string> {
  let mailbox = 0;
  let gone = false;
  const off = engine.onPush(({ status: { nodes } }) => {
    mailbox = Math.max(mailbox, nodes[0]?.cost.mailboxLength ?? 0);
    gone ||= nodes[0]?.state !== "connected";
  });
  const first = await engine.call("status", {});
  const started = performance.now();
  const cpu = process.cpuUsage();
  const measure = `bench_work:measure(persistent_term:get(work), ${MS}, {none, ${before}})`;
  const [ms, ops, cpuMs, busyMs, bytes] = numbers(await node.eval(measure, TIMEOUT_MS));
  const { user, system } = process.cpuUsage(cpu);
  // On a node with a thousand busy processes the question itself waits for its turn, seconds at times: of ours what fell on the time that was measured.
  const share = ms! / (performance.now() - started);
  const last = await engine.call("status", {});
  const elapsed = performance.now() - started;
  off();
  await node.eval("[exit(P, kill) || P <- element(2, persistent_term:get(work))], ok");
  if (gone || last.nodes[0]?.state !== "connected")
    return "the agent left: the machine had no processor for us";
  const asked = performance.now();
  await requireQueryable(engine, last.lastEventId);
  const events = last.events - first.events;
  return {
    ms: ms!,
    ops: per(ops!, ms!),
    cpuMs: cpuMs! + ((user + system) / 1000) * share,
    busyMs: busyMs!,
    bytes: bytes!,
    mailbox,
    events: per(events, elapsed),
    queryable: per(events, elapsed + performance.now() - asked),
    dropped: per(last.dropped - first.dropped, elapsed),
  };
}

/** What counts as delivered can be asked for, up to the last event. */
async function requireQueryable(engine: EngineClient, id: number): Promise<void> {
  const event = await engine.call("event", { id });
  if (event.id !== id) throw new Error(`event ${id} was counted and cannot be read`);
}

/** From the call to `attach` until the first event can be queried. */
async function attachTime(node: ErlangNode): Promise<number> {
  process.env["ERL_EPMD_PORT"] = String(node.epmdPort);
  const engine = await EngineClient.start({ version: "bench" });
  try {
    const started = performance.now();
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages" });
    for (;;) {
      const { rows } = await engine.call("events", { limit: 1 });
      if (rows.length > 0) return performance.now() - started;
    }
  } finally {
    await engine.stop();
  }
}

/** Tools that cannot run on this node, and why. */
async function missingTools(): Promise<ReadonlyMap<string, string>> {
  const missing = new Map<string, string>();
  await onFreshNode(async (node) => {
    otp = node.otp;
    for (const [tool, module] of Object.entries(MODULES)) {
      const answer = await node.eval(`bench_work:can(${module})`);
      if (answer !== "yes")
        missing.set(tool, answer === "no" ? "not found" : `not for OTP ${node.otp} (${answer})`);
    }
  });
  return missing;
}

async function sideBySide(kind: Kind, count: number, missing: ReadonlyMap<string, string>): Promise<Row[]> {
  const under = (tracer: string): Promise<Measured> =>
    onFreshNode((node) => inside(node, tracer, kind, count));
  const base = { none: await under("none"), discarding: await under("discard") };
  const row = (tracer: string, found: Measured): Row => rowOf(kind, count, tracer, found, base);
  const rows = [row("none", base.none), row("discarding", base.discarding)];
  for (const [tracer, nice] of OURS) {
    const ours = await onFreshNode((node) =>
      elixirscope(node, kind, count, nice).catch((error: unknown) => String(error)),
    );
    if (typeof ours === "object") rows.push(row(tracer, ours));
    else lost.push(`${tracer}, ${kind}, ${count} processes: ${ours}`);
  }
  for (const tracer of TRACERS[kind].filter((name) => !missing.has(name))) {
    const label = LABELS[tracer];
    const theirs = await under(tracer).catch((error: unknown) => String(error));
    if (typeof theirs === "object") rows.push(row(label, theirs));
    else lost.push(`${label}, ${kind}, ${count} processes: ${theirs}`);
  }
  return rows;
}

let otp = 0;
const lost: string[] = [];
const missing = await missingTools();
const rows: Row[] = [];
for (const count of COUNTS) {
  for (const kind of WORKLOADS) {
    const group = await sideBySide(kind, count, missing);
    rows.push(...group);
    if (!options.json) console.table(group);
  }
}
const attach: number[] = [];
await onFreshNode(async (node) => {
  for (let i = 0; i < 5; i++) attach.push(await attachTime(node));
});
const summary = {
  "attach until the first event can be queried, ms (median of 5)": Math.round(
    attach.toSorted((a, b) => a - b)[2]!,
  ),
  "least kept of what the discarding tracer leaves": worst(rows),
  "most memory in the node under ElixirScope, MB": Math.max(
    ...rows.filter(({ tracer }) => tracer.startsWith("elixirscope")).map((row) => row["node MB"]),
  ),
  "least events that can be queried for one of the best other tool": peerFactor(rows),
  ...(lost.length > 0 ? { "not measured": lost.join("; ") } : {}),
  ...(missing.size > 0
    ? { missing: `${[...missing].map(([tool, why]) => `${tool}: ${why}`).join("; ")}. ${HOW_TO_GET}` }
    : {}),
};
if (options.json) console.log(JSON.stringify({ otp, rows, ...summary }));
else console.log(summary);
