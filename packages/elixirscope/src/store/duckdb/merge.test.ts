import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchSequence, deltaOf, type EventSpec } from "../testing.ts";
import type { StoredEvent, TraceStore } from "../trace-store.ts";
import { mergeRecordings } from "./merge.ts";
import { openDuckDbStore } from "./open.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "merge-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const newFile = (): string => join(folder, `${++files}.esrec`);

const HOSTS = ["a@127.0.0.1", "b@127.0.0.1", "c@127.0.0.1"] as const;

/** What a test puts into a recording: batches of events of one node, whose times need not grow. */
interface Part {
  readonly host: number;
  /** In which order it came to know the names: no two recordings have the same numbers. */
  readonly shift: number;
  readonly start: number;
  readonly batches: readonly (readonly EventSpec[])[];
}

const NAMES = 5;
const events = fc.array(
  fc.record({
    kind: fc.constantFrom("send" as const, "receive" as const, "state" as const, "exit" as const),
    ts: fc.integer({ min: 0, max: 5_000 }),
    pid: fc.integer({ min: 0, max: NAMES - 1 }),
    peer: fc.integer({ min: -1, max: NAMES - 1 }),
    mfa: fc.integer({ min: -1, max: NAMES - 1 }),
    tag: fc.integer({ min: -1, max: NAMES - 1 }),
    payload: fc.uint8Array({ maxLength: 20 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const parts = fc
  .array(
    fc.record({
      shift: fc.integer({ min: 0, max: NAMES - 1 }),
      start: fc.integer({ min: 0, max: 4_000 }),
      batches: fc.array(events, { maxLength: 6 }),
    }),
    { minLength: 2, maxLength: HOSTS.length },
  )
  .map((all) => all.map((part, host): Part => ({ ...part, host })));

/** A name of any dictionary: the same in all recordings, at another place in each. */
const nameAt = (index: number, shift: number): number => (index + shift) % NAMES;

async function record({ host, shift, start, batches }: Part, file: string = newFile()): Promise<string> {
  const store = await openDuckDbStore(file, { mode: "create" });
  const node = { index: 0, name: HOSTS[host]!, creation: 7, otp: "27", elixir: "", timeOffset: 5n };
  store.putNode(node);
  const names = Array.from({ length: NAMES }, (_, index) => ({ index, of: nameAt(index, shift) }));
  const delta = deltaOf({
    atoms: names.map(({ index, of }) => ({ index, name: `atom${of}` })),
    functions: names.map(({ index, of }) => ({ index, module: "m", function: `f${of}`, arity: of })),
    // Some processes are known to all of them, as those that messages go to on other nodes are.
    processes: names.map(({ index, of }) => ({
      index,
      node: HOSTS[of % HOSTS.length]!,
      id: 100 + of,
      serial: 0,
      creation: 7,
    })),
  });
  const batch = batchSequence();
  store.append(batch([]), delta);
  for (const specs of batches)
    store.append(batch(specs.map((spec) => ({ ...spec, ts: BigInt(Number(spec.ts) + start) }))), deltaOf());
  store.addGap({
    node: 0,
    from: BigInt(start),
    to: BigInt(start + 9),
    cause: "no_credit",
    dropped: { send: 3 },
  });
  store.pin({ name: "start", from: BigInt(start), to: BigInt(start + 1) });
  store.putMeta("started_at", new Date(Date.UTC(2030, 0, 1, 0, 0, host)).toISOString());
  store.putMeta("origin_ns", String(1_000 + host));
  store.putMeta(`source:Elixir.M${host}`, "{}");
  store.putMeta("redaction", JSON.stringify(["token", `of_${host}`]));
  await store.close();
  return file;
}

async function opened<T>(file: string, ask: (store: TraceStore) => Promise<T>): Promise<T> {
  const store = await openDuckDbStore(file, { mode: "read" });
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

/** An event with names in the place of numbers. */
async function told(store: TraceStore, found: readonly StoredEvent[]): Promise<readonly string[]> {
  const { atoms, functions, processes } = await store.dictionary();
  const nodes = await store.nodes();
  const process = (index: number): string => {
    const one = processes[index];
    return one ? `${one.node} ${one.id}.${one.serial}.${one.creation}` : "-";
  };
  return found.map((event) =>
    [
      nodes.find(({ index }) => index === event.node)!.name,
      event.ts,
      event.kind,
      process(event.pid),
      process(event.peer),
      functions[event.mfa]?.function ?? "-",
      atoms[event.tag]?.name ?? "-",
      Buffer.from(event.payload).toString("hex"),
    ].join(" "),
  );
}

const all = { order: "oldest_first", limit: 10_000 } as const;
const everything = async (store: TraceStore): Promise<readonly string[]> =>
  told(store, await store.events(all));

describe("a recording made of several", () => {
  it("answers as they do together", () =>
    fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const recordings = await Promise.all(given.map((part) => record(part)));
        const out = newFile();
        const merged = await mergeRecordings({
          recordings,
          out,
          version: "1.2.3",
          onProgress: () => undefined,
          blockIds: 16,
        });
        const answers = await Promise.all(recordings.map((file) => opened(file, everything)));
        await opened(out, async (store) => {
          const found = await store.events(all);
          const names = await told(store, found);
          expect(names.length).toBe(merged.events);
          // Of each node all that it had, in its order.
          for (const [i, { host }] of given.entries())
            expect(names.filter((name) => name.startsWith(HOSTS[host]!))).toEqual(answers[i]);
          expect(found.map(({ id }) => id)).toEqual(found.map((_, i) => i + 1));
          const totals = await store.totals();
          expect(totals.events).toBe(found.length);
          expect(await store.countByKind({})).toEqual(totals.byKind);
          // Ids begin at 1, the first block at 0.
          const blocks = await store.sql({
            sql: "SELECT count(DISTINCT block)::INTEGER FROM blocks",
            limit: 1,
          });
          expect(blocks.rows).toEqual([[Math.floor((found.length + 1) / 16)]]);
          const states = found.filter(({ kind }) => kind === "state");
          expect(await store.newestIds({ kinds: ["state"] }, "pid")).toEqual(
            new Map(states.map(({ pid, id }) => [pid, id])),
          );
          // By a process that several know.
          const { processes } = await store.dictionary();
          const shared = processes.filter(({ id }) => id === 100).map(({ index }) => index);
          expect(await told(store, await store.events({ ...all, processes: shared }))).toEqual(
            names.filter((name) => name.includes(" 100.0.7")),
          );
          expect(processes).toHaveLength(given.length > 0 ? NAMES : 0);
          const exits = found.filter(({ kind }) => kind === "exit");
          expect(await store.events({ ...all, kinds: ["exit"] })).toEqual(exits);
          const rare = await store.sql({ sql: "SELECT count(*)::INTEGER FROM rare_events", limit: 1 });
          expect(rare.rows[0]?.[0]).toBe(exits.length);
          expect((await store.gaps()).map(({ node, from }) => `${node} ${from}`).sort()).toEqual(
            given.map(({ host, start }) => `${host} ${start}`).sort(),
          );
          expect((await store.pins()).map(({ name }) => name).sort()).toEqual(
            given.map((_, i) => (i === 0 ? "start" : `start (${i + 1})`)).sort(),
          );
        });
      }),
      { numRuns: 6 },
    ));

  it("has batches in the order of their beginnings", async () => {
    const one = (host: number, times: readonly number[]): Part => ({
      host,
      shift: host,
      start: 0,
      batches: times.map((ts) => [
        { kind: "send", ts },
        { kind: "send", ts: ts + 1 },
      ]),
    });
    const recordings = [await record(one(0, [10, 30, 50])), await record(one(1, [20, 40]))];
    const out = newFile();
    await mergeRecordings({ recordings, out, version: "1", onProgress: () => undefined });
    await opened(out, async (store) => {
      const found = await store.events(all);
      expect(found.map(({ ts }) => Number(ts))).toEqual([10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
      expect(found.map(({ node }) => node)).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
      const meta = await store.meta();
      expect(meta.get("started_at")).toBe("2030-01-01T00:00:00.000Z");
      expect(meta.get("origin_ns")).toBe("1000");
      expect([...meta.keys()].filter((key) => key.startsWith("source:"))).toHaveLength(2);
      // What was secret in one only may stand in the other.
      expect(meta.get("redaction")).toBe('["token"]');
      expect(JSON.parse(meta.get("merged")!)).toMatchObject({ parts: [{}, {}], clocks: [] });
    });
  });

  it("knows a node that was recorded twice as one, with a gap between", async () => {
    const batches = [[{ kind: "send", ts: 1, pid: 0 }]] as const;
    const recordings = [
      await record({ host: 0, shift: 0, start: 0, batches }),
      await record({ host: 0, shift: 2, start: 100, batches }),
    ];
    const out = newFile();
    const merged = await mergeRecordings({ recordings, out, version: "1", onProgress: () => undefined });
    expect(merged.nodes).toEqual([HOSTS[0]]);
    await opened(out, async (store) => {
      const gaps = (await store.gaps()).filter(({ cause }) => cause === "detached");
      expect(gaps).toEqual([{ node: 0, from: 1n, to: 101n, cause: "detached", dropped: {} }]);
    });
  });

  it("says what cannot be merged", async () => {
    const part: Part = {
      host: 0,
      shift: 0,
      start: 0,
      batches: [
        [
          { kind: "send", ts: 1 },
          { kind: "send", ts: 9 },
        ],
      ],
    };
    const [a, b] = [await record(part), await record({ ...part, start: 5 })];
    const merging = (...recordings: readonly string[]): Promise<unknown> =>
      mergeRecordings({ recordings, out: newFile(), version: "1", onProgress: () => undefined });
    await expect(merging(a, b)).rejects.toMatchObject({
      code: "STORE_MERGE_OVERLAP",
      message: expect.stringContaining(b),
    });
    await expect(merging(a, a)).rejects.toMatchObject({ code: "STORE_MERGE_OVERLAP" });
    await expect(merging(a, join(folder, "none"))).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
  });

  it("finds what each has of retention", async () => {
    const file = newFile();
    const store = await openDuckDbStore(file, { mode: "create", keep: { events: 20 } });
    store.putNode({ index: 0, name: HOSTS[0], creation: 7, otp: "27", elixir: "", timeOffset: 0n });
    const batch = batchSequence();
    for (let n = 0; n < 30; n++)
      store.append(batch(Array.from({ length: 4 }, (_, i) => ({ kind: "send", ts: n * 10 + i }))), deltaOf());
    await store.close();
    const other = await record({ host: 1, shift: 0, start: 0, batches: [[{ kind: "state", ts: 5 }]] });
    const out = newFile();
    await mergeRecordings({ recordings: [file, other], out, version: "1", onProgress: () => undefined });
    const before = await opened(file, async (one) => ({
      names: await everything(one),
      gaps: await one.gaps(),
    }));
    await opened(out, async (one) => {
      expect((await everything(one)).filter((name) => name.startsWith(HOSTS[0]))).toEqual(before.names);
      expect((await one.gaps()).filter(({ node }) => node === 0)).toEqual(before.gaps);
      expect((await one.totals()).first).toBe(5n);
    });
    expect(before.gaps.map(({ cause }) => cause)).toContain("retention");
  });
});
