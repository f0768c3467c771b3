import { atom, encode, Pid, type Term, tuple } from "@elixirscope/etf";
import { beforeEach, expect, it } from "vitest";
import { ProcessTable } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { TreeNode } from "../protocol/index.ts";
import { createMemoryStore, type TraceStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { QueryEngine } from "./query-engine.ts";
import { Sources } from "./sources.ts";

// Two nodes in one recording, whose processes have the same numbers, names and applications.

const NODES = ["a@127.0.0.1", "b@127.0.0.1"] as const;
/** Indexes of `<0.5.0>`, a worker, and of `<0.9.0>`, the top supervisor of an application, on each node. */
const WORKERS = [1, 2] as const;
const TOPS = [3, 4] as const;
const COUNTER = 0;
const SHOP = 1;

let store: TraceStore;
let table: ProcessTable;
let query: QueryEngine;

const bytes = (term: Term): Uint8Array => encode(term).subarray(1);

beforeEach(() => {
  store = createMemoryStore();
  const lookup = new Lookup();
  const delta = deltaOf({
    atoms: [
      { index: COUNTER, name: "counter" },
      { index: SHOP, name: "shop" },
    ],
    processes: NODES.flatMap((name, node) => [
      processOf(WORKERS[node]!, 5, name),
      processOf(TOPS[node]!, 9, name),
    ]),
  });
  for (const [index, name] of NODES.entries()) {
    store.putNode({ index, name, creation: 1, otp: "27", elixir: "", timeOffset: BigInt(index) });
    lookup.addNode(name, index);
  }
  lookup.add(delta);
  table = new ProcessTable(lookup);
  query = new QueryEngine({
    sources: new Sources(),
    store,
    table,
    lookup,
    origin: 0n,
    now: () => 10_000n,
    sampleOf: () => 1,
  });
  const batch = batchSequence();
  store.append(batch([]), delta);
  for (const node of [0, 1] as const) {
    const self = bytes(tuple(atom("from"), new Pid(NODES[node], 5, 0, 1)));
    const events: readonly EventSpec[] = [
      { kind: "spawned", ts: 900, pid: TOPS[node] },
      {
        kind: "register",
        ts: 1_000 * (node + 1),
        pid: WORKERS[node],
        tag: COUNTER,
        payload: bytes(atom("counter")),
      },
      { kind: "application", ts: 1_100, pid: TOPS[node], tag: SHOP, payload: bytes(atom("shop")) },
      { kind: "send", ts: 2_000, pid: WORKERS[node], peer: TOPS[node], payload: self },
      ...(node === 1
        ? [{ kind: "exit", ts: 3_000, pid: WORKERS[node], payload: bytes(atom("normal")) } as const]
        : []),
    ];
    store.append(batch(events, node), deltaOf());
    for (const event of events) table.apply(tableEvent(event, node));
    store.addGap({ node, from: 100n, to: 200n, cause: "no_credit", dropped: { send: node + 1 } });
  }
});

const tableEvent = (event: EventSpec, node: number): Parameters<ProcessTable["apply"]>[0] => ({
  ts: BigInt(event.ts ?? 0),
  node,
  kind: event.kind,
  pid: event.pid ?? NONE,
  peer: event.peer ?? NONE,
  mfa: NONE,
  tag: event.tag ?? NONE,
  payload: event.payload ?? new Uint8Array(0),
});

it("keeps processes of the same numbers apart, each printed as its own node prints it", async () => {
  const { rows } = await query.events({ kinds: ["send"], order: "oldest_first" });
  expect(
    rows.map(({ node, process, peer, summary }) => [node, process?.handle, process?.pid, peer?.pid, summary]),
  ).toEqual([
    [0, "p-1", "#PID<0.5.0>", "#PID<0.9.0>", "{:from, #PID<0.5.0>}"],
    [1, "p-2", "#PID<0.5.0>", "#PID<0.9.0>", "{:from, #PID<0.5.0>}"],
  ]);
  expect((await query.event(rows[1]!.id)).term.text).toBe("{:from, #PID<0.5.0>}");
  expect((await query.process("p-1")).alive).toBe(true);
  expect(await query.process("p-2")).toMatchObject({ alive: false, events: 3 });
});

it("answers for one node, or for all", async () => {
  const ids = async (node?: number): Promise<readonly number[]> =>
    (await query.events({ node, order: "oldest_first" })).rows.map((row) => row.node);
  expect(await ids()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1]);
  expect(await ids(0)).toEqual([0, 0, 0, 0]);
  expect(await ids(1)).toEqual([1, 1, 1, 1, 1]);
  expect((await query.processes({ node: 1 })).rows.map(({ handle }) => handle).sort()).toEqual([
    "p-2",
    "p-4",
  ]);
  const both = await query.rates({ from: 0, to: 10_000, buckets: 1 });
  expect([both.series.send, both.gaps.map(({ node }) => node)]).toEqual([[2], [0, 1]]);
  const second = await query.rates({ from: 0, to: 10_000, buckets: 1, node: 1 });
  expect([second.series.send, second.gaps.map(({ node, total }) => [node, total])]).toEqual([[1], [[1, 2]]]);
});

it("answers for a node by its name, which may be short, and names those that there are for any other", async () => {
  const rows = async (node: string | number): Promise<readonly number[]> =>
    (await query.events({ node })).rows.map((row) => row.node);
  expect(new Set(await rows("b"))).toEqual(new Set([1]));
  expect((await query.processes({ node: NODES[0] })).total).toBe(2);
  expect((await query.gaps({ node: "b@127.0.0.1" })).map(({ node }) => node)).toEqual([1]);
  expect((await query.crashes({ node: "a" })).rows).toEqual([]);
  const of = async (node: string): Promise<readonly string[]> =>
    (await query.timeline({ node })).tracks.map(({ process }) => process.handle);
  expect([await of("a"), await of("b")]).toEqual([
    ["p-1", "p-3"],
    ["p-2", "p-4"],
  ]);
  const unknown = {
    code: "QUERY_NO_SUCH_NODE",
    message: 'No node "c" in this recording. It has a@127.0.0.1, b@127.0.0.1.',
  };
  const asked = [
    () => query.events({ node: "c" }),
    () => query.rates({ node: "c" }),
    () => query.gaps({ node: "c" }),
    () => query.timeline({ node: "c" }),
    () => query.calls({ node: "c" }),
    () => query.flows({ node: "c" }),
    () => query.executions({ node: "c" }),
    () => query.states({ process: "p-1", node: "c" }),
    () => query.crashes({ node: "c" }),
    () => query.phoenix.requests({ node: "c" }),
    () => query.phoenix.liveViews({ node: "c" }),
    () => query.phoenix.topics({ node: "c" }),
    () => query.phoenix.broadcasts({ node: "c" }),
    () => query.phoenix.channels({ node: "c" }),
    () => query.phoenix.presences({ node: "c" }),
    () => query.phoenix.queries({ node: "c" }),
    () => query.phoenix.jobs({ node: "c" }),
    () => query.work.aggregate({ node: "c" }),
    () => query.work.hot({ node: "c" }),
    () => query.work.waits({ node: "c" }),
    () => query.timeTravel.snapshotAt({ t: 0, node: "c" }),
  ];
  for (const ask of asked)
    await expect((async (): Promise<unknown> => ask())()).rejects.toMatchObject(unknown);
  await expect(query.tree({ node: "c" })).rejects.toThrow(unknown.message);
  await expect(query.processes({ node: 7 })).rejects.toThrow("No node 7 in this recording");
});

it("says of each process on which node it is", async () => {
  const { rows } = await query.events({ kinds: ["send"], order: "oldest_first" });
  expect(rows.map(({ process, peer }) => [process?.node, peer?.node])).toEqual([
    ["a", "a"],
    ["b", "b"],
  ]);
});

it("sums up by node", async () => {
  const { groups } = await query.work.aggregate({ by: ["node"] });
  expect(groups.map(({ key, count }) => [key, count])).toEqual([
    [["b@127.0.0.1"], 5],
    [["a@127.0.0.1"], 4],
  ]);
});

it("has a tree for each node, and that of one alone", async () => {
  const keys = (node: TreeNode): unknown => [node.key, node.label, node.children.map(keys)];
  const ofA = [["app:shop", ":shop", [["p-3", "#PID<0.9.0>", []]]]];
  const ofB = [["app:1:shop", ":shop", [["p-4", "#PID<0.9.0>", []]]]];
  const others = (node: string, handle: string, label: string): unknown => [
    `other:${node}`,
    "Other processes",
    [[handle, label, []]],
  ];
  expect((await query.tree()).roots.map(keys)).toEqual([
    ["node:a@127.0.0.1", "a@127.0.0.1", [...ofA, others("a@127.0.0.1", "p-1", ":counter")]],
    ["node:b@127.0.0.1", "b@127.0.0.1", ofB],
  ]);
  expect((await query.tree({ node: "b" })).roots.map(keys)).toEqual(ofB);
});

it("loses sight of one node alone, and of what was spawned there from the other", () => {
  table.apply(tableEvent({ kind: "spawn", ts: 4_000, pid: WORKERS[0], peer: WORKERS[1] + 10 }, 0));
  table.apply(tableEvent({ kind: "register", ts: 4_100, pid: WORKERS[1] + 10, tag: COUNTER }, 1));
  table.nodeDown(1, 5_000n);
  const alive = [...table.processes.values()].filter((process) => process.alive).map(({ index }) => index);
  expect(alive.toSorted((a, b) => a - b)).toEqual([WORKERS[0], TOPS[0]]);
  expect([...table.applications.values()].map(({ node }) => node)).toEqual([0]);
});

it("takes a name for the process that lives, or for that of the node which it names", async () => {
  expect((await query.process("counter")).handle).toBe("p-1");
  expect((await query.process("counter@b")).handle).toBe("p-2");
  expect((await query.process("counter@a@127.0.0.1")).handle).toBe("p-1");
  expect((await query.process("<0.9.0>@b")).handle).toBe("p-4");
  expect((await query.events({ process: "counter" })).rows.map(({ node }) => node)).toContain(1);
  expect((await query.events({ process: "counter@b" })).rows.map(({ node }) => node)).toEqual([1, 1, 1]);
  await expect(query.process("counter@c")).rejects.toMatchObject({ code: "QUERY_NO_SUCH_PROCESS" });
});

it("refuses what two nodes have, and says how to tell them apart", async () => {
  await expect(query.process("<0.9.0>")).rejects.toMatchObject({
    code: "QUERY_AMBIGUOUS_PROCESS",
    message:
      "<0.9.0> is a process on each of 2 nodes of this recording. Say which: <0.9.0>@a@127.0.0.1 or <0.9.0>@b@127.0.0.1.",
  });
  await expect(query.events({ process: "0.9.0" })).rejects.toMatchObject({ code: "QUERY_AMBIGUOUS_PROCESS" });
});
