import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { QueryEngine } from "../query/index.ts";
import { openDuckDbStore, type TraceStore } from "../store/index.ts";
import { batchOf, type EventSpec } from "../store/testing.ts";
import { Recorder } from "./recorder.ts";

// Questions about many events leave the thread to others after each slice, whose beats keep the agent in the node.

/** A beat goes out every 200 ms; without one for 700 ms the agent leaves. */
const BEAT_MS = 200;
const READ = 200_000;
const PROCESSES = 50;
const BATCH = 20_000;

let folder: string;
let store: TraceStore;
let query: QueryEngine;

/** Functions that call each other three deep, in many processes at once. */
function calls(batch: number): readonly EventSpec[] {
  return Array.from({ length: BATCH }, (_, i): EventSpec => {
    const step = Math.floor(i / PROCESSES) % 6;
    const depth = step < 3 ? step : 5 - step;
    return { kind: step < 3 ? "call" : "return", pid: i % PROCESSES, mfa: depth + 3 * (batch % 4) };
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "slices-"));
  store = await openDuckDbStore(join(folder, "many.esrec"), { mode: "create" });
  const recorder = Recorder.create(store, "0.0.0");
  const { atoms, functions, processes } = recorder.dictionary;
  const [node, module] = [atoms.internName("a@127.0.0.1"), atoms.internName("Elixir.Load")];
  recorder.addNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "27", elixir: "", timeOffset: 0n });
  for (let i = 0; i < PROCESSES; i++) processes.intern(node, 100 + i, 0, 1);
  for (let i = 0; i < 12; i++) functions.intern(module, atoms.internName(`f${i}`), 1);
  const sink = recorder.sink({ stats() {}, bye() {}, flowsTaken() {}, flowsOn() {} });
  for (let batch = 0; batch < READ / BATCH; batch++) {
    const place = { batch, firstId: 1 + batch * BATCH };
    sink.batch(batchOf(calls(batch), place), recorder.dictionary.takeDelta());
  }
  await store.flush();
  query = recorder.query;
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const SCHEDSTAT = "/proc/thread-self/schedstat";

/** Milliseconds that this thread has worked, whatever else the machine does; without Linux, the clock on the wall. */
const workedMs = (): number =>
  existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, "utf8").split(" ")[0]) / 1e6 : performance.now();

/** How long the thread worked at a stretch, in which no timer had its turn. */
async function longestStretch(work: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [workedMs(), 0];
  const look = (): void => {
    const now = workedMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const ticks = setInterval(look, 1);
  await work();
  look();
  clearInterval(ticks);
  return longest;
}

const QUESTIONS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["hot", () => query.work.hot({ read: READ })],
  ["flame", () => query.work.flame({ read: READ })],
  ["callGraph", () => query.work.callGraph({ read: READ })],
  ["slowest", () => query.work.slowest({ read: READ })],
  ["aggregate", () => query.work.aggregate({ of: "duration", by: ["mfa"], read: READ })],
  ["anomalies", () => query.anomalies.anomalies({ read: READ })],
  ["executions", () => query.executions({ limit: 2_000 })],
  ["events", () => query.events({ limit: 10_000 })],
];

it.each(QUESTIONS)(
  "answers %s of 200,000 events in slices shorter than the distance of two beats [safety.responsive]",
  async (_, ask) => {
    expect(await longestStretch(ask)).toBeLessThan(BEAT_MS);
  },
);

it("shares the slices among questions that are asked together [safety.responsive]", async () => {
  const together = (): Promise<unknown> => Promise.all(QUESTIONS.map(([, ask]) => ask()));
  expect(await longestStretch(together)).toBeLessThan(BEAT_MS);
});
