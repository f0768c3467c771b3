// The store: how fast events go in, what they take on the disk, and how long questions wait, at rest and during ingest.
// `node bench/dist/store.bench.js [--events N] [--json]`
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { DictionaryDelta, EventBatch } from "elixirscope/model";
import { openDuckDbStore, type TraceStore } from "elixirscope/store";
import { loadSource } from "./store-load.ts";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const { values } = parseArgs({
  options: { events: { type: "string", default: "10000000" }, json: { type: "boolean", default: false } },
});
const EVENTS = Number(values.events);
/** Bytes that may wait in the store before the benchmark pauses, as a tracer that withholds credit does. */
const BACKLOG = 64 * 1024 * 1024;
/** Events a second in the part that asks questions during ingest. */
const BUSY_RATE = 1_000_000;
const QUESTION_MS = 250;
const NO_NAMES: DictionaryDelta = { processes: [], functions: [], atoms: [] };

const folder = mkdtempSync(join(tmpdir(), "esrec-bench-"));
const rows: Row[] = [];
const add = (name: string, value: number, unit: string): void => {
  rows.push({ name, value: Number(value.toPrecision(3)), unit });
};

const QUESTIONS: Readonly<Record<string, (store: TraceStore) => Promise<unknown>>> = {
  "newest 100": (store) => store.events({ order: "newest_first", limit: 100 }),
  "newest 100 of a process": (store) => store.events({ order: "newest_first", limit: 100, processes: [50] }),
  "rates, 120 buckets, last minute": lastMinute,
  totals: (store) => store.totals(),
};

async function lastMinute(store: TraceStore): Promise<unknown> {
  const { first = 0n, last = 0n } = await store.totals();
  const from = last - 60_000_000_000n;
  return store.rates({ from: from < first ? first : from, to: last + 1n, buckets: 120 });
}

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** As fast as it goes: what the thread of JavaScript spends in `append`, and when all is in the file. */
async function ingest(
  path: string,
  events: number,
  change: (batch: EventBatch) => EventBatch,
): Promise<void> {
  const store = await openDuckDbStore(path, { mode: "create" });
  const next = loadSource();
  const cpu = process.cpuUsage();
  const began = performance.now();
  let inAppend = 0;
  for (let n = 0; n < events; ) {
    const batch = change(next());
    const before = performance.now();
    store.append(batch, NO_NAMES);
    inAppend += performance.now() - before;
    n += batch.count;
    if (store.backlog > BACKLOG) await sleep(5);
    else if (batch.batch % 32 === 0) await turn();
  }
  await store.flush();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (change === whole) {
    add("append, JavaScript thread", events / inAppend / 1000, "M events/s");
    add("stored, end to end", events / seconds / 1e6, "M events/s");
    add("CPU, all threads, load made included", (user + system) / events, "µs/event");
  }
  await store.close();
}

async function askUntil(ended: AbortSignal, store: TraceStore, times: Map<string, number[]>): Promise<void> {
  while (!ended.aborted) {
    await sleep(QUESTION_MS);
    for (const [name, question] of Object.entries(QUESTIONS)) {
      times.get(name)!.push(await timed(() => question(store)));
    }
  }
}

/** At a million events a second, with all questions asked four times a second. */
async function ingestAndAsk(path: string, events: number): Promise<void> {
  const store = await openDuckDbStore(path, { mode: "create" });
  const next = loadSource();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const times = new Map(Object.keys(QUESTIONS).map((name) => [name, [] as number[]]));
  const began = performance.now();
  const asking = new AbortController();
  const asker = askUntil(asking.signal, store, times);
  let n = 0;
  while (n < events) {
    const due = Math.min(events, ((performance.now() - began) / 1000) * BUSY_RATE);
    for (let i = 0; n < due && i < 16; i++) {
      const batch = next();
      store.append(batch, NO_NAMES);
      n += batch.count;
    }
    await (n < due ? turn() : sleep(1));
  }
  add("reached while asked", events / (performance.now() - began) / 1000, "M events/s");
  asking.abort();
  await asker;
  delay.disable();
  add("event loop delay p99 while asked", delay.percentile(99) / 1e6, "ms");
  for (const [name, list] of times) {
    add(`${name}, during ingest p50`, percentile(list, 0.5), "ms");
    add(`${name}, during ingest p95`, percentile(list, 0.95), "ms");
  }
  await store.close();
}

/** At rest: opened afresh. The first answer reads the disk, the others are what scrolling feels like. */
async function ask(path: string): Promise<void> {
  let store: TraceStore | undefined;
  add(
    "open",
    await timed(async () => {
      store = await openDuckDbStore(path, { mode: "read" });
    }),
    "ms",
  );
  for (const [name, question] of Object.entries(QUESTIONS)) {
    add(`${name}, first`, await timed(() => question(store!)), "ms");
    const again: number[] = [];
    for (let i = 0; i < 20; i++) again.push(await timed(() => question(store!)));
    add(`${name}, p95`, percentile(again, 0.95), "ms");
  }
  await store!.close();
}

const whole = (batch: EventBatch): EventBatch => batch;
const NOTHING = new Uint32Array(512);
const withoutPayloads = (batch: EventBatch): EventBatch => ({
  ...batch,
  offset: NOTHING,
  length: NOTHING,
  bytes: new Uint8Array(0),
});

try {
  const full = join(folder, "full.esrec");
  await ingest(full, EVENTS, whole);
  add("size", statSync(full).size / EVENTS, "bytes/event");
  const bare = join(folder, "bare.esrec");
  const fewer = Math.ceil(EVENTS / 5);
  await ingest(bare, fewer, withoutPayloads);
  add("size without payloads", statSync(bare).size / fewer, "bytes/event");
  await ask(full);
  await ingestAndAsk(join(folder, "busy.esrec"), EVENTS);
} finally {
  rmSync(folder, { recursive: true });
}

if (values.json) console.log(JSON.stringify({ events: EVENTS, rows }));
else
  for (const { name, value, unit } of rows)
    console.log(`${name.padEnd(48)} ${String(value).padStart(8)} ${unit}`);
