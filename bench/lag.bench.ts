// How long a question keeps the engine's thread busy at a stretch: meanwhile no beat goes out to the observed node and no
// batch is taken. Each method of the protocol that reads the recording, on one of `--events N` (default 1,000,000), or on
// `--open FILE`. `--only WORDS`: questions with these in their name. `--json`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Engine } from "elixirscope/engine";
import { inputSchemas, type MethodName } from "elixirscope/protocol";
import { type Asked, type Place, places, QUESTIONS, type Question } from "./store-questions.ts";
import { make } from "./store-scale-make.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    open: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

/** The first time code is slow: of two rounds the better one counts. */
const ROUNDS = 2;
/** A beat's distance: a stretch below it delays none by more than one. */
const BEAT_MS = 200;
const TICK_MS = 2;

/** What the benchmark of the store does not ask. */
const MORE: Readonly<Record<string, Question>> = {
  diagnose: (engine) => engine.call("diagnose", {}),
  ask: (engine) => engine.call("ask", { question: "why was it slow?" }),
  anomalies: (engine) => engine.call("anomalies", {}),
  "anomalies of a process": (engine, { process }) => engine.call("anomalies", { process }),
  patterns: (engine) => engine.call("patterns", {}),
  slowest: (engine) => engine.call("slowest", {}),
  criticalPath: (engine, { flow }) => engine.call("criticalPath", { flow }),
  "aggregate, durations, 200,000 read": (engine) =>
    engine.call("aggregate", { of: "duration", by: ["mfa"], read: 200_000 }),
  "aggregate, mailbox": (engine) => engine.call("aggregate", { of: "mailbox", by: ["process"] }),
  "hot, 200,000 read": (engine) => engine.call("hot", { read: 200_000 }),
  "flame, 200,000 read": (engine) => engine.call("flame", { read: 200_000 }),
  "callGraph, 200,000 read": (engine) => engine.call("callGraph", { read: 200_000 }),
  "slowest, 200,000 read": (engine) => engine.call("slowest", { read: 200_000 }),
  "waits, 200,000 read": (engine) => engine.call("waits", { read: 200_000 }),
  "messageFlow by name, 10,000 rows": (engine) =>
    engine.call("messageFlow", { by: "name", limit: 10_000, groups: ["server_*"] }),
  "events, 10,000": (engine) => engine.call("events", { limit: 10_000 }),
  "states, 10,000 with their differences": (engine, { process }) =>
    engine.call("states", { process, limit: 10_000, diff: true }),
  "calls, 2,000": (engine) => engine.call("calls", { limit: 2_000 }),
  "executions, 2,000": (engine) => engine.call("executions", { limit: 2_000 }),
  "flows, 2,000": (engine) => engine.call("flows", { limit: 2_000 }),
  "requests, 2,000": (engine) => engine.call("requests", { limit: 2_000 }),
  "broadcasts, 2,000": (engine) => engine.call("broadcasts", { limit: 2_000 }),
  "crashes, 1,000": (engine) => engine.call("crashes", { limit: 1_000 }),
  "events that contain a text": (engine) => engine.call("events", { text: "no such text" }),
  "timeline, 1,000 tracks": (engine) => engine.call("timeline", { limit: 1_000, buckets: 2_000 }),
  "snapshotAt, 10,000 processes with the tree": (engine, { t }) =>
    engine.call("snapshotAt", { t, limit: 10_000, tree: true }),
  "processes, all": (engine) => engine.call("processes", { limit: 100_000 }),
  "path of a process, 10,000": (engine, { process }) => engine.call("path", { process, limit: 10_000 }),
  exportEvents: (engine) => engine.call("exportEvents", {}),
  exportFlows: (engine) => engine.call("exportFlows", {}),
  generateTests: (engine, { process }) => engine.call("generateTests", { process }),
  queries: (engine) => engine.call("queries", {}),
  jobs: (engine) => engine.call("jobs", {}),
  liveView: (engine, { process }) => engine.call("liveView", { liveView: process }).catch(notThere),
  lineHistory: (engine) => engine.call("lineHistory", { module: "Load.M1", line: 1 }),
  modules: (engine) => engine.call("modules", {}),
  source: (engine) => engine.call("source", { module: "Load.M1" }).catch(notThere),
  inventory: (engine) => engine.call("inventory", {}).catch(notThere),
  boundaries: (engine) => engine.call("boundaries", {}).catch(notThere),
  alerts: (engine) => engine.call("alerts", {}),
  query: (engine) => engine.call("query", { sql: "SELECT * FROM events LIMIT 100000", limit: 100_000 }),
  sqlSchema: (engine) => engine.call("sqlSchema", {}),
  bookmarks: (engine) => engine.call("bookmarks", {}),
  views: (engine) => engine.call("views", {}),
  pins: (engine) => engine.call("pins", {}),
};

/** They need a node, or write a line. */
const OTHERS: readonly MethodName[] = [
  "nodes",
  "attach",
  "detach",
  "tracing",
  "completions",
  "replay",
  "profiles",
  "saveView",
  "dropView",
  "addBookmark",
  "commentBookmark",
  "dropBookmark",
  "pin",
  "unpin",
];

const ALL: Readonly<Record<string, Question>> = { ...QUESTIONS, ...MORE };
const WANTED = Object.entries(ALL).filter(([name]) => name.includes(values.only));

/** Of a recording that has none of what is asked for. */
function notThere(error: unknown): void {
  if (!(error instanceof Error && "code" in error)) throw error;
}

interface Stretch {
  /** The longest one in which nothing else had its turn. */
  readonly longestMs: number;
  readonly tookMs: number;
}

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;
const HAS_SCHEDSTAT = existsSync(SCHEDSTAT);

/** Milliseconds that this thread has worked: the machine may have other things to do as well. Without Linux, the clock on the wall. */
function workedMs(): number {
  return HAS_SCHEDSTAT ? Number(readFileSync(SCHEDSTAT, "utf8").split(" ")[0]) / 1e6 : performance.now();
}

async function stretchOf(question: () => Promise<unknown>): Promise<Stretch> {
  let [last, longestMs] = [workedMs(), 0];
  const look = (): void => {
    const now = workedMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  const ticks = setInterval(look, TICK_MS);
  const began = performance.now();
  await question();
  const tookMs = performance.now() - began;
  await sleep(2 * TICK_MS);
  clearInterval(ticks);
  return { longestMs, tookMs };
}

const least = (a: Stretch | undefined, b: Stretch): Stretch => (a && a.longestMs <= b.longestMs ? a : b);

/** Each question once, of an engine that has answered none of them before. */
async function round(path: string, best: Map<string, Stretch>, asked: Set<MethodName>): Promise<void> {
  const engine = await Engine.start({ version: "0.0.0", open: path });
  const noting: Asked = {
    call: (method, input, signal) => {
      asked.add(method);
      return engine.call(method, input, signal);
    },
  };
  try {
    const { lastEventId } = await engine.call("status", {});
    const [place] = (await places(engine, lastEventId, 1)) as readonly [Place];
    for (const [name, question] of WANTED)
      best.set(name, least(best.get(name), await stretchOf(() => question(noting, place))));
  } finally {
    await engine.stop();
  }
}

const folder = mkdtempSync(join(tmpdir(), "esrec-lag-"));
const best = new Map<string, Stretch>();
const asked = new Set<MethodName>(OTHERS);
try {
  const path = values.open ?? join(folder, "lag.esrec");
  if (values.open === undefined) await make(path, Number(values.events));
  for (let i = 0; i < ROUNDS; i++) await round(path, best, asked);
} finally {
  rmSync(folder, { recursive: true });
}
const forgotten = (Object.keys(inputSchemas) as MethodName[]).filter((method) => !asked.has(method));
if (values.only === "" && forgotten.length > 0) throw new Error(`never asked: ${forgotten.join(", ")}`);

const digits = (ms: number): number => Number(ms.toPrecision(3));
const rows = [...best]
  .toSorted(([, a], [, b]) => b.longestMs - a.longestMs)
  .map(([name, { longestMs, tookMs }]) => ({
    name,
    longestMs: digits(longestMs),
    tookMs: digits(tookMs),
    beats: digits(longestMs / BEAT_MS),
  }));
if (values.json)
  console.log(
    JSON.stringify({ events: values.open ?? Number(values.events), longestMs: rows[0]?.longestMs, rows }),
  );
else
  for (const { name, longestMs, tookMs } of rows)
    console.log(`${name.padEnd(48)} ${String(longestMs).padStart(8)} ms of ${String(tookMs).padStart(8)} ms`);
