import { atom, encode, ImproperList, Pid, Reference, type Term, tuple } from "@elixirscope/etf";
import { beforeEach, describe, expect, it } from "vitest";
import { ProcessTable } from "../analysis/index.ts";
import type { GapCause } from "../model/index.ts";
import type { CallList, MessageAnswer } from "../protocol/index.ts";
import { createMemoryStore, type TraceStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { QueryEngine } from "./query-engine.ts";
import { Sources } from "./sources.ts";

const HOME = "a@127.0.0.1";
const GEN_CALL = 0;
const CALLER = 1;
const CALLEE = 2;
const ELSEWHERE = 3;

let store: TraceStore;
let query: QueryEngine;
let append: (events: readonly EventSpec[]) => void;

beforeEach(() => {
  store = createMemoryStore();
  store.putNode({
    index: 0,
    name: HOME,
    creation: 1,
    otp: "25",
    elixir: "",
    timeOffset: 0n,
  });
  const lookup = new Lookup();
  const delta = deltaOf({
    atoms: [{ index: GEN_CALL, name: "$gen_call" }],
    processes: [processOf(CALLER), processOf(CALLEE), processOf(ELSEWHERE, 3, "b@127.0.0.1")],
  });
  lookup.addNode(HOME);
  lookup.add(delta);
  query = new QueryEngine({
    store,
    table: new ProcessTable(lookup),
    lookup,
    sources: new Sources(),
    origin: 0n,
    now: () => 0n,
    sampleOf: () => 1,
  });
  const batch = batchSequence();
  store.append(batch([]), delta);
  append = (events) => store.append(batch(events), deltaOf());
});

const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const word = (text: string): Uint8Array => bytes(atom(text));
const alias = (n: number): Term => new ImproperList([atom("alias")], new Reference(HOME, 1, [n, 0, 0]));
const request = (n: number): Pick<EventSpec, "tag" | "payload"> => ({
  tag: GEN_CALL,
  payload: bytes(tuple(atom("$gen_call"), tuple(new Pid(HOME, CALLER, 0, 1), alias(n)), atom("get"))),
});
const reply = (n: number): Uint8Array => bytes(tuple(alias(n), atom("ok")));

const message = (id: number): Promise<MessageAnswer> => query.message(id);
const gap = (from: bigint, to: bigint, dropped: object = {}): void =>
  store.addGap({ node: 0, from, to, cause: "no_credit" satisfies GapCause, dropped });

describe("a message from both ends", () => {
  it("has durations between all four ends of a call", async () => {
    append([
      { kind: "send", pid: CALLER, peer: CALLEE, ts: 100, ...request(1) },
      { kind: "receive", pid: CALLEE, ts: 130, ...request(1) },
      { kind: "send", pid: CALLEE, ts: 200, payload: reply(1) },
      { kind: "receive", pid: CALLER, ts: 250, payload: reply(1) },
    ]);
    const first = await message(1);
    expect(first).toMatchObject({ mailboxNs: 30, certain: true, origin: "process", why: "" });
    expect(first.call).toMatchObject({ latencyNs: 150, queueNs: 30, workNs: 70, outcome: "answered" });
    for (const id of [2, 3, 4]) expect((await message(id)).call).toEqual(first.call);
  });

  it("does not look across a gap in which messages were lost", async () => {
    append([
      { kind: "send", pid: CALLER, peer: CALLEE, ts: 100, payload: word("a") },
      { kind: "receive", pid: CALLEE, ts: 300, payload: word("a") },
    ]);
    gap(150n, 160n, { sample: 3 });
    expect(await message(1)).toMatchObject({ mailboxNs: 200, certain: true });
    gap(150n, 160n, { receive: 1 });
    expect(await message(1)).toMatchObject({ receive: null, why: expect.stringContaining("lost") as string });
    expect(await message(2)).toMatchObject({ send: null, origin: "unknown" });
  });

  it("says that an unanswered call is not known to be one, where events were lost", async () => {
    append([
      { kind: "send", pid: CALLER, peer: CALLEE, ts: 100, ...request(1) },
      { kind: "receive", pid: CALLEE, ts: 130, ...request(1) },
    ]);
    expect((await message(1)).call).toMatchObject({ outcome: "unanswered" });
    gap(150n, 160n);
    expect((await message(1)).call).toMatchObject({ outcome: "unknown" });
    expect((await query.calls({})).rows[0]).toMatchObject({ outcome: "unknown" });
  });

  it("knows of a receiver on a node that is not observed", async () => {
    append([{ kind: "send", pid: CALLER, peer: ELSEWHERE, payload: word("a") }]);
    expect((await message(1)).why).toContain("b@127.0.0.1");
  });

  it("refuses what is no message, and an id that is none", async () => {
    append([{ kind: "exit", pid: CALLER }]);
    await expect(message(1)).rejects.toMatchObject({ code: "QUERY_NOT_A_MESSAGE" });
    await expect(message(9)).rejects.toMatchObject({ code: "QUERY_NO_SUCH_EVENT" });
  });
});

describe("the list of calls", () => {
  const call = (n: number, ms: number): readonly EventSpec[] => [
    { kind: "send", pid: CALLER, peer: CALLEE, ts: n * 1000, ...request(n) },
    { kind: "receive", pid: CALLEE, ts: n * 1000 + 1, ...request(n) },
    { kind: "send", pid: CALLEE, ts: n * 1000 + ms, payload: reply(n) },
    { kind: "receive", pid: CALLER, ts: n * 1000 + ms + 1, payload: reply(n) },
  ];
  const latencies = ({ rows }: CallList): readonly (number | null)[] => rows.map((row) => row.latencyNs);

  it("goes by latency or by time, within the limit, and counts what it read", async () => {
    append([...call(1, 10), ...call(2, 30), ...call(3, 20)]);
    const slowest = await query.calls({});
    expect(latencies(slowest)).toEqual([31, 21, 11]);
    expect(slowest).toMatchObject({ scanned: 12, complete: true });
    expect(latencies(await query.calls({ sort: "newest", limit: 2 }))).toEqual([21, 31]);
  });

  it("can be asked for caller or callee", async () => {
    append(call(1, 10));
    expect((await query.calls({ from: "p-1", to: "p-2" })).rows).toHaveLength(1);
    expect((await query.calls({ from: "p-2" })).rows).toEqual([]);
    expect((await query.calls({ process: "p-2" })).rows).toHaveLength(1);
  });

  it("does not count a request that was passed on as another call", async () => {
    const [asked, ...rest] = call(1, 10);
    append([asked!, { kind: "send", pid: CALLEE, peer: ELSEWHERE, ts: 1005, ...request(1) }, ...rest]);
    expect(latencies(await query.calls({}))).toEqual([11]);
  });

  it("says when there are more calls than it looks at", async () => {
    append(Array.from({ length: 2_001 }, (_, i) => call(i + 1, 10)[0]!));
    expect(await query.calls({ limit: 1 })).toMatchObject({ complete: false, scanned: 2_000 });
  });
});
