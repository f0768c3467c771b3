// The store by size: how fast a recording of so many events is made, what it takes, and how long each question waits.
// `node bench/dist/store-scale.bench.js [--events N,N] [--only WORDS] [--json]`
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Engine, type Recorder } from "elixirscope/engine";
import { type Place, places, QUESTIONS } from "./store-questions.ts";
import { make } from "./store-scale-make.ts";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
/** Each question so often; after so long no more of it. */
const ROUNDS = 20;
const LONGEST_MS = 1_500;
/** Of the smaller recordings, how large one is without payloads; and what is asked while it is made, how often. */
const BARE_EVENTS = 2_000_000;

const folder = mkdtempSync(join(tmpdir(), "esrec-scale-"));
const rows: Row[] = [];
const add = (name: string, value: number, unit: string): void => {
  const row = { name, value: Number(value.toPrecision(3)), unit };
  rows.push(row);
  // As they come: the largest takes minutes.
  if (!values.json) console.log(`${name.padEnd(56)} ${String(row.value).padStart(8)} ${unit}`);
};

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function measureQuestions(engine: Engine, of: string, at: readonly Place[]): Promise<void> {
  for (const [name, question] of Object.entries(QUESTIONS)) {
    if (!name.includes(values.only)) continue;
    const times: number[] = [];
    let spent = 0;
    for (const place of at) {
      if (spent >= LONGEST_MS) break;
      const took = await timed(() => question(engine, place));
      times.push(took);
      spent += took;
    }
    add(`${of}: ${name} p50`, percentile(times, 0.5), "ms");
    add(`${of}: ${name} p95`, percentile(times, 0.95), "ms");
  }
}

/** What viewers ask while events come in. */
async function askMeanwhile(recorder: Recorder, times: Map<string, number[]>): Promise<void> {
  const { query } = recorder;
  const t = Number(recorder.lastTs - recorder.origin);
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    "events, newest 100": () => query.events({}),
    "rates, last minute": () => query.rates({ from: Math.max(0, t - 60e9) }),
    executions: () => query.executions({}),
    requests: () => query.phoenix.requests({}),
    "snapshotAt, 200 processes": () => query.timeTravel.snapshotAt({ t }),
  };
  for (const [name, question] of Object.entries(asked)) {
    const took = await timed(question);
    times.set(name, [...(times.get(name) ?? []), took]);
  }
}

async function measure(events: number): Promise<void> {
  const of = `${events / 1e6} M`;
  const path = join(folder, `${events}.esrec`);
  const seconds = (await timed(() => make(path, events))) / 1000;
  add(`${of}: ingest, until closed`, events / seconds / 1e6, "M events/s");
  add(`${of}: size`, statSync(path).size / events, "bytes/event");
  add(`${of}: memory after ingest`, process.memoryUsage().rss / 1e6, "MB");
  let engine: Engine | undefined;
  const opened = await timed(async () => {
    engine = await Engine.start({ version: "0.0.0", open: path });
  });
  add(`${of}: open`, opened, "ms");
  await measureQuestions(engine!, of, await places(engine!, events, ROUNDS));
  add(`${of}: memory after all of it`, process.memoryUsage().rss / 1e6, "MB");
  await engine!.stop();
  rmSync(path);
}

async function measureMeanwhile(events: number): Promise<void> {
  const times = new Map<string, number[]>();
  const path = join(folder, "busy.esrec");
  const seconds = (await timed(() => make(path, events, { ask: (one) => askMeanwhile(one, times) }))) / 1000;
  add("ingest while asked", events / seconds / 1e6, "M events/s");
  for (const [name, list] of times) {
    add(`${name}, during ingest p50`, percentile(list, 0.5), "ms");
    add(`${name}, during ingest p95`, percentile(list, 0.95), "ms");
  }
  rmSync(path);
}

try {
  const bare = join(folder, "bare.esrec");
  await make(bare, BARE_EVENTS, { bare: true });
  add("size without payloads", statSync(bare).size / BARE_EVENTS, "bytes/event");
  const sizes = values.events.split(",").map(Number);
  for (const events of sizes) await measure(events);
  await measureMeanwhile(Math.min(...sizes.filter((size) => size >= 10_000_000), 10_000_000));
} finally {
  rmSync(folder, { recursive: true });
}

if (values.json) console.log(JSON.stringify({ events: values.events, rows }));
