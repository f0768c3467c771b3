import { atom, encode, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { ProcessTable } from "../analysis/index.ts";
import { createMemoryStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { QueryEngine } from "./query-engine.ts";
import { Sources } from "./sources.ts";

// What the agent says of a busy application, of which only a part was told.

const WORKER = 1;
const THINNED = 0;
const BROADCAST = 1;
const OFFSET = 1_000_000_000n;
const SECOND = 1_000_000_000;

const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const broadcastAt = (ts: number): EventSpec => ({
  kind: "pubsub",
  ts,
  pid: WORKER,
  tag: BROADCAST,
  payload: bytes(
    tuple(
      atom("broadcast"),
      atom("Elixir.Hello.PubSub"),
      text("counter:updates"),
      atom("changed"),
      atom("Elixir.Phoenix.PubSub"),
      atom("none"),
    ),
  ),
});

/** By the node's monotonic clock. */
const thinned = (from: number, to: number, module: string, missed: number): EventSpec => ({
  kind: "session",
  ts: to + Number(OFFSET),
  tag: THINNED,
  payload: bytes(
    tuple(atom("thinned"), from, to, [tuple(tuple(atom(module), atom("some"), 3), missed + 7, missed)]),
  ),
});

function recordingOf(events: readonly EventSpec[]): QueryEngine {
  const store = createMemoryStore();
  const lookup = new Lookup();
  const delta = deltaOf({
    atoms: [
      { index: THINNED, name: "thinned" },
      { index: BROADCAST, name: "broadcast" },
    ],
    processes: [processOf(WORKER, 5, "a@h")],
  });
  store.putNode({ index: 0, name: "a@h", creation: 1, otp: "27", elixir: "", timeOffset: OFFSET });
  lookup.addNode("a@h");
  lookup.add(delta);
  store.append(batchSequence()(events), delta);
  return new QueryEngine({
    sources: new Sources(),
    store,
    table: new ProcessTable(lookup),
    lookup,
    origin: 0n,
    now: () => 100n * BigInt(SECOND),
    sampleOf: () => 1,
  });
}

it("a broadcast of a stretch in which dispatches were not told is not said to have reached nobody", async () => {
  const query = recordingOf([
    broadcastAt(5 * SECOND),
    broadcastAt(20 * SECOND),
    thinned(19 * SECOND - Number(OFFSET), 21 * SECOND - Number(OFFSET), "Elixir.Phoenix.PubSub", 900),
    broadcastAt(40 * SECOND),
    thinned(39 * SECOND - Number(OFFSET), 41 * SECOND - Number(OFFSET), "telemetry", 80),
    broadcastAt(60 * SECOND),
  ]);
  const { rows } = await query.phoenix.broadcasts({});
  expect(rows.toReversed().map(({ reached, unheard }) => [reached, unheard])).toEqual([
    [0, true],
    [null, false],
    [0, true],
    // Too recent: a dispatch may still be on its way.
    [null, false],
  ]);
});

it("says how many telemetry events were counted and not recorded", async () => {
  expect((await recordingOf([broadcastAt(1)]).phoenix.requests({})).untold).toBe(0);
  const query = recordingOf([
    thinned(1 * SECOND, 2 * SECOND, "telemetry", 80),
    thinned(2 * SECOND, 3 * SECOND, "Elixir.Phoenix.PubSub", 5),
    thinned(3 * SECOND, 4 * SECOND, "telemetry", 12),
  ]);
  expect((await query.phoenix.requests({})).untold).toBe(92);
});
