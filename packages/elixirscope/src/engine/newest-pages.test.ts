import { type Atom, atom, binary, ErlangMap, encode, Pid, type Term, tuple } from "@elixirscope/etf";
import { beforeAll, describe, expect, it } from "vitest";
import { PAST_KINDS, PastTables } from "../analysis/index.ts";
import type { QueryEngine } from "../query/index.ts";
import { createMemoryStore, type TraceStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Recorder } from "./recorder.ts";

// Lists read the newest events in pieces, until they are full. Here: what they show is the same as if all had been read, in a
// recording of which a piece is a small part.

const REQUESTS = 1_500;
/** Processes that serve requests one after the other, and the server that each of them asks. */
const SERVING = 40;
const SERVER = SERVING;
const ALL = 2_000;
const SOME = 30;

const ATOMS = [
  "phoenix.endpoint.start",
  "phoenix.endpoint.stop",
  "start",
  "subscribe",
  "unsubscribe",
  "broadcast",
  "normal",
] as const;
const tag = (name: (typeof ATOMS)[number]): number => ATOMS.indexOf(name);
const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const pid = (index: number): Pid => new Pid("a@127.0.0.1", index, 0, 1);
const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value] as const));

function telemetry(
  name: "phoenix.endpoint.start" | "phoenix.endpoint.stop",
  path: string,
  ns?: number,
): Uint8Array {
  const conn = map({ method: binary("GET"), request_path: binary(path), status: 200 });
  const measured: ErlangMap = map(ns === undefined ? {} : { duration: ns });
  const parts: Atom[] = name.split(".").map((part) => atom(part));
  return bytes(tuple(parts, measured, map({ conn })));
}

const hop = (what: "send" | "receive", serial: number, from: number): Uint8Array =>
  bytes(tuple(atom(what), tuple(0, serial), pid(from), pid(SERVER), tuple(atom("ask"), serial)));

const broadcast = (topic: string): Uint8Array =>
  bytes(tuple(atom("broadcast"), atom("PubSub"), binary(topic), 1, atom("Elixir.Phoenix.PubSub")));

/** Request by request; the ids of the flows that they start, and what has not ended. */
function record(store: TraceStore): {
  readonly flows: ReadonlyMap<string, string>;
  readonly open: readonly string[];
} {
  const next = batchSequence();
  const flows = new Map<string, string>();
  const open: string[] = [];
  const tables = new PastTables({ pid: ({ id: process }) => process, atom: () => -1 });
  let id = 1;
  const append = (events: readonly EventSpec[], delta = deltaOf()): void => {
    const batch = next(events.map((event, i) => ({ ...event, ts: (id + i) * 1_000_000 })));
    store.append(batch, delta);
    for (const [i, { kind, pid: process = -1, peer = -1, payload = new Uint8Array(0) }] of events.entries())
      if (PAST_KINDS.includes(kind))
        tables.apply({
          ts: BigInt(id + i) * 1_000_000n,
          kind,
          pid: process,
          peer,
          node: 0,
          mfa: -1,
          tag: -1,
          payload,
        });
    id += events.length;
  };
  const names = {
    processes: Array.from({ length: SERVING + 100 }, (_, i) => processOf(i)),
    atoms: ATOMS.map((name, index) => ({ index, name })),
    functions: [{ index: 0, module: "Elixir.Bandit.Pipeline", function: "run", arity: 5 }],
  };
  append([], names);
  for (let i = 0; i < REQUESTS; i++) {
    const process = i % SERVING;
    const path = `/items/${i}`;
    const told = { kind: "telemetry", pid: process } as const;
    flows.set(path, `f-${id}`);
    // Those that never end are by processes that serve nothing else.
    if (i % 400 === 7) {
      const stuck = { ...told, pid: SERVING + 1 + i / 400 };
      open.push(path);
      append([
        { kind: "flow_start", pid: Math.floor(stuck.pid), mfa: 0, tag: tag("start"), payload: START },
        {
          ...stuck,
          pid: Math.floor(stuck.pid),
          tag: tag("phoenix.endpoint.start"),
          payload: telemetry("phoenix.endpoint.start", path),
        },
      ]);
      continue;
    }
    const topic = `room:${i % 7}`;
    const subscriber = SERVING + 20 + (i % 60);
    const change = i % 11 === 0 ? "subscribe" : "unsubscribe";
    append([
      { kind: "flow_start", pid: process, mfa: 0, tag: tag("start"), payload: START },
      { ...told, tag: tag("phoenix.endpoint.start"), payload: telemetry("phoenix.endpoint.start", path) },
      { kind: "flow_send", pid: process, peer: SERVER, payload: hop("send", i, process) },
      { kind: "flow_receive", pid: SERVER, peer: process, payload: hop("receive", i, process) },
      {
        kind: "pubsub",
        pid: subscriber,
        tag: tag(change),
        payload: bytes(tuple(atom(change), atom("PubSub"), binary(topic), [])),
      },
      { kind: "pubsub", pid: process, tag: tag("broadcast"), payload: broadcast(topic) },
      { kind: "flow_end", pid: SERVER },
      {
        ...told,
        tag: tag("phoenix.endpoint.stop"),
        payload: telemetry("phoenix.endpoint.stop", path, 6_000_000),
      },
      { kind: "flow_end", pid: process },
      ...(i % 50 === 0
        ? [{ kind: "exit" as const, pid: subscriber, tag: tag("normal"), payload: bytes(atom("normal")) }]
        : []),
    ]);
    if (i === REQUESTS / 3)
      store.putCheckpoint({ lastId: id - 1, ts: BigInt(id - 1) * 1_000_000n, bytes: tables.dump() });
  }
  return { flows, open };
}

const START = bytes(tuple(atom("es_flow"), atom("start"), binary("HTTP request"), []));

let query: QueryEngine;
let truth: ReturnType<typeof record>;
beforeAll(() => {
  const store = createMemoryStore();
  truth = record(store);
  return Recorder.open(store).then((recorder) => {
    recorder.addNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "27", elixir: "", timeOffset: 0n });
    query = recorder.query;
  });
});

describe("a page of the newest", () => {
  it("requests: as all of them were read, those that have not ended first, however long ago they began", async () => {
    const all = await query.phoenix.requests({ limit: ALL });
    const page = await query.phoenix.requests({ limit: SOME });
    expect([all.complete, page.complete]).toEqual([true, false]);
    expect(all.rows).toHaveLength(REQUESTS);
    expect(page.rows).toEqual(all.rows.slice(0, SOME));
    expect(page.rows.filter(({ status }) => status === null).map(({ path }) => path)).toEqual(
      truth.open.toReversed(),
    );
    for (const { path, flow, status } of all.rows)
      if (status !== null) expect(`${path} ${flow}`).toBe(`${path} ${truth.flows.get(path)}`);
  });

  it("requests: each by itself as in the list", async () => {
    const { rows } = await query.phoenix.requests({ limit: ALL });
    for (const row of [rows[0]!, rows[5]!, rows[700]!, rows.at(-1)!]) {
      const { plugs: _plugs, steps: _steps, ...one } = await query.phoenix.request(row.id);
      expect(one).toEqual({ ...row, liveView: null });
    }
  });

  it("flows: as all of them were read", async () => {
    const all = await query.flows({ limit: ALL });
    const page = await query.flows({ limit: SOME });
    expect(all.rows).toHaveLength(REQUESTS);
    expect(page.rows).toEqual(all.rows.slice(0, SOME));
    expect(page.more).toBe(true);
    expect(page.scanned).toBeLessThan(all.scanned);
    for (const row of [all.rows[3]!, all.rows[900]!, all.rows.at(-1)!]) {
      const { root, cut, ...one } = await query.flow(row.id);
      expect(one).toEqual(row);
      expect(cut).toBe(false);
      expect(root.hops.map(({ span }) => span?.process?.handle ?? null)).toEqual(
        row.messages === 0 ? [] : [`p-${SERVER}`],
      );
    }
  });

  it("broadcasts: as all of them were read, by who was subscribed then", async () => {
    const all = await query.phoenix.broadcasts({ limit: ALL });
    const page = await query.phoenix.broadcasts({ limit: SOME });
    expect(page.rows).toEqual(all.rows.slice(0, SOME));
    expect([all.complete, page.complete]).toEqual([true, false]);
    expect(new Set(all.rows.map(({ nearest }) => nearest?.topic ?? null)).size).toBeGreaterThan(1);
    const ids = new Set([all.rows[1]!.id, all.rows[1_200]!.id]);
    expect(await query.phoenix.broadcastsOf(ids)).toEqual(
      all.rows
        .filter(({ id }) => ids.has(id))
        .map((row) => ({ ...row, flow: null }))
        .toReversed(),
    );
  });

  it("topics: their subscribers all the same, broadcasts since an instant that is told", async () => {
    const all = await query.phoenix.topics({});
    const some = await query.phoenix.topics({ read: 1 });
    expect([all.complete, all.since, some.complete]).toEqual([true, null, false]);
    const subscribers = ({ rows }: typeof all): unknown =>
      Object.fromEntries(
        rows.map(({ topic, subscribers: who }) => [topic, who.map(({ handle }) => handle).sort()]),
      );
    expect(subscribers(some)).toEqual(subscribers(all));
    const counted = some.rows.reduce((sum, { broadcasts }) => sum + broadcasts, 0);
    const since = (await query.phoenix.broadcasts({ limit: ALL })).rows.filter(({ t }) => t >= some.since!);
    expect(counted).toBe(since.length);
  });
});
