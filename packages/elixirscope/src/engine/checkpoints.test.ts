import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAST_KINDS, PastTables } from "../analysis/index.ts";
import type { EventBatch } from "../model/index.ts";
import { Lookup } from "../query/index.ts";
import { openDuckDbStore, type StoredEvent, type TraceStore } from "../store/index.ts";
import { batchOf, batchSequence } from "../store/testing.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Engine } from "./engine.ts";
import { Recorder } from "./recorder.ts";

// Folding on from a checkpoint comes to the same as folding from the beginning: on a recording of real Phoenix.

let folder: string;
let file: string;
let store: TraceStore;
let events: readonly StoredEvent[];
const lookup = new Lookup();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "checkpoints-"));
  file = join(folder, "phoenix.esrec");
  const packed = new URL("../../../../test/recordings/phoenix-1.8.esrec.gz", import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
  store = await openDuckDbStore(file, { mode: "read" });
  lookup.add(await store.dictionary());
  events = await store.events({ kinds: PAST_KINDS, order: "oldest_first", limit: 1_000_000 });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What tables hold, in an order that does not depend on how they came about. */
const content = (tables: PastTables): unknown => ({
  processes: [...tables.table.processes.values()]
    .filter(({ alive }) => alive)
    .map((process) => ({
      ...process,
      names: tables.table.names.namesOf(process.index),
      topics: tables.subscriptions.of(process.index),
      links: [...process.links].sort((a, b) => a - b),
    }))
    .sort((a, b) => a.index - b.index),
  supervisors: [...tables.table.supervisors].sort(([a], [b]) => a - b),
  applications: new Map(tables.table.applications),
  levels: [...tables.levels],
});

it("comes to the same from a checkpoint as from the beginning", () => {
  for (const share of [0.1, 0.5, 0.9]) {
    const at = Math.floor(events.length * share);
    const whole = new PastTables(lookup);
    for (const event of events.slice(0, at)) whole.apply(event);
    const loaded = PastTables.load(whole.dump(), lookup);
    expect(content(loaded)).toEqual(content(whole));
    for (const event of events.slice(at)) {
      whole.apply(event);
      loaded.apply(event);
    }
    expect(content(loaded)).toEqual(content(whole));
  }
});

/** All that ever lived, with their names. */
const everyone = ({ table }: PastTables): unknown =>
  [...table.processes.values()]
    .map((process) => ({
      ...process,
      names: table.names.namesOf(process.index),
      links: process.alive ? [...process.links].sort((a, b) => a - b) : [],
    }))
    .sort((a, b) => a.index - b.index);

it("knows all that had ended from what was written down of them, or says that it does not", () => {
  const whole = new PastTables(lookup);
  const dumps: Uint8Array[] = [];
  let ended = 0;
  for (const [i, event] of events.entries()) {
    whole.apply(event);
    if (i % 500 !== 499) continue;
    dumps.push(whole.dumpEnded(ended));
    ended = whole.table.ended;
  }
  dumps.push(whole.dumpEnded(ended));
  const loaded = PastTables.load(whole.dump(), lookup);
  expect(loaded.restoreEnded(dumps)).toBe(true);
  expect(whole.table.ended).toBeGreaterThan(20);
  expect(everyone(loaded)).toEqual(everyone(whole));
  expect(PastTables.load(whole.dump(), lookup).restoreEnded(dumps.slice(0, -1).slice(1))).toBe(false);
});

it("opens a recording from its newest checkpoint as it was when it was made", async () => {
  const path = join(folder, "made.esrec");
  const made = Recorder.create(await openDuckDbStore(path, { mode: "create" }), "0.0.0");
  made.addNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "27", elixir: "1.18.0", timeOffset: 0n });
  const sink = made.sink({ stats() {}, bye() {}, flowsTaken() {}, flowsOn() {} });
  const next = batchSequence();
  for (let i = 0; i < 3; i++)
    made.dictionary.processes.intern(made.dictionary.atoms.internName("a@127.0.0.1"), i, 0, 1);
  const names = { kind: "register", pid: 1, tag: 0 } as const;
  sink.batch(
    next([{ kind: "spawned", pid: 0 }, { kind: "spawned", pid: 1 }, names]),
    made.dictionary.takeDelta(),
  );
  sink.batch(next([{ kind: "exit", pid: 1, payload: Uint8Array.of(97, 7) }]), made.dictionary.takeDelta());
  const many = batchOf(
    Array.from({ length: 500_000 }, () => ({ kind: "send", pid: 0 })),
    { batch: 2, firstId: 5 },
  );
  sink.batch(many, made.dictionary.takeDelta());
  const rest = batchSequence({ firstId: 500_005, batch: 3 });
  sink.batch(rest([{ kind: "spawned", pid: 2, peer: 0 }]), made.dictionary.takeDelta());
  const told = await made.query.processes({});
  expect(await made.store.ended(1_000_000)).toHaveLength(1);
  await made.store.close();
  const opened = await Recorder.open(await openDuckDbStore(path, { mode: "read" }));
  expect(await opened.query.processes({})).toEqual(told);
  expect(told.rows.filter(({ alive }) => alive)).toHaveLength(2);
  await opened.store.close();
});

it("writes one down after half a million events, with the greatest time so far and the newest of each process", () => {
  const put: Parameters<TraceStore["putCheckpoint"]>[0][] = [];
  const tables = new PastTables(lookup);
  const [first] = events.filter(({ kind }) => kind === "process");
  tables.apply(first!);
  const checkpoints = new Checkpoints({ putCheckpoint: (one) => put.push(one) }, tables);
  const count = 100_000;
  const column = new Int32Array(count).fill(first!.pid);
  const times = BigInt64Array.from({ length: count }, (_, i) => BigInt(i === 7 ? 10_000_000 : i));
  for (let batch = 0; batch < 6; batch++) {
    const made: EventBatch = {
      node: 0,
      batch,
      count,
      firstId: 1 + batch * count,
      ts: times,
      // 12 is a receive.
      kind: new Uint8Array(count).fill(12),
      pid: column,
      peer: column,
      mfa: column,
      tag: column,
      offset: new Uint32Array(count),
      length: new Uint32Array(count),
      bytes: new Uint8Array(0),
    };
    tables.newest.batch(made);
    checkpoints.appended(made);
  }
  expect(put.map(({ lastId, ts }) => [lastId, ts])).toEqual([[500_000, 10_000_000n]]);
  expect(PastTables.load(put[0]!.bytes, lookup).newest.of(first!.pid, "receive")).toBe(500_000);
});

it("tells each instant of a real recording, with what was not recorded", async () => {
  const engine = await Engine.start({ version: "0.0.0", open: file });
  try {
    const { t: end } = await engine.call("status", {});
    const now = await engine.call("processes", { alive: true, limit: 10_000 });
    const last = await engine.call("snapshotAt", { t: end, limit: 10_000, tree: true });
    expect(last.rows.map(({ handle }) => handle).sort()).toEqual(now.rows.map(({ handle }) => handle).sort());
    expect(last.tree).toEqual((await engine.call("tree", {})).roots);
    // Each subscriber that the topics know is subscribed to it in the snapshot.
    const topics = (await engine.call("topics", {})).rows.flatMap(({ topic, subscribers }) =>
      subscribers.map(({ handle }) => `${topic} ${handle}`),
    );
    const told = last.rows.flatMap(({ handle, subscriptions }) =>
      subscriptions.map(({ topic }) => `${topic} ${handle}`),
    );
    expect(told.sort()).toEqual([...new Set(topics)].sort());
    for (const { state, stateWhy, mailbox } of last.rows) {
      expect(state === null).toBe(stateWhy !== "");
      expect(mailbox.length === null).toBe(mailbox.why !== "");
    }
    const before = await engine.call("snapshotAt", { t: -1e9 });
    expect(before.rows).toEqual([]);
    expect(before.nodes[0]).toMatchObject({ observed: false });
  } finally {
    await engine.stop();
  }
});
