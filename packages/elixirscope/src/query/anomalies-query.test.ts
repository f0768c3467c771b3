import { expect, it } from "vitest";
import { ProcessTable } from "../analysis/index.ts";
import { createMemoryStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { QueryEngine } from "./query-engine.ts";
import { Sources } from "./sources.ts";

const SECOND = 1e9;
const SECONDS = 600;

/** Evenly, so that the number in each second is known. */
function each(second: number, count: number, event: Omit<EventSpec, "ts">): EventSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    ...event,
    ts: Math.round((second + (i + 0.5) / count) * SECOND),
  }));
}

/** Calls of two functions by two processes; from `slowFrom` on those of the first take ten times as long. */
function workOf(slowFrom: number, busyFrom: number): EventSpec[] {
  const events: EventSpec[] = [];
  for (let second = 0; second < SECONDS; second++) {
    const jitter = (second * 7) % 5;
    events.push(
      ...each(second, (second >= busyFrom ? 60 : 20) + jitter, { kind: "receive", pid: 1, tag: 0 }),
    );
    for (const { ts } of each(second, 4, { kind: "call" })) {
      const took = (second >= slowFrom ? 20e6 : 2e6) + jitter * 1e5;
      events.push(
        { kind: "call", pid: 0, mfa: 0, ts: ts! },
        { kind: "return", pid: 0, mfa: 0, ts: Number(ts) + took },
      );
    }
  }
  return events.sort((a, b) => Number(a.ts) - Number(b.ts));
}

async function recorded(events: readonly EventSpec[]): Promise<QueryEngine> {
  const store = createMemoryStore();
  const lookup = new Lookup();
  const delta = deltaOf({
    processes: [0, 1].map((index) => processOf(index, 10 + index)),
    functions: [{ index: 0, module: "shop", function: "add", arity: 1 }],
    atoms: [
      { index: 0, name: "add" },
      { index: 1, name: "surprise" },
    ],
  });
  lookup.add(delta);
  lookup.addNode("a@127.0.0.1", 0);
  const next = batchSequence();
  store.append(next([]), delta);
  store.append(next(events), deltaOf());
  const parts = { store, table: new ProcessTable(lookup), lookup, sources: new Sources(), origin: 0n };
  return new QueryEngine({ ...parts, now: () => BigInt(SECONDS * SECOND), sampleOf: () => 1 });
}

it("finds when calls became slow and a process busy, and nothing before that", async () => {
  const { anomalies } = await recorded(workOf(500, 520));
  const input = { learnFrom: 0, from: 400 * SECOND, everyNs: SECOND };
  const { rows, watched } = await anomalies.anomalies(input);
  expect(watched).toBeGreaterThan(3);
  const slow = rows.find(({ of }) => of === "duration")!;
  expect(slow).toMatchObject({ key: ":shop.add/1", what: "above" });
  expect(slow.from / SECOND).toBeGreaterThanOrEqual(495);
  expect(slow.from / SECOND).toBeLessThanOrEqual(505);
  expect(slow.value / slow.expected).toBeGreaterThan(5);
  const busy = rows.find(({ of, process }) => of === "events" && process === "p-1")!;
  expect(busy.what).toBe("above");
  expect(busy.from / SECOND).toBeGreaterThanOrEqual(515);
  expect(busy.summary).toMatch(/\d+ events where \d+.* events was usual/);
  expect(rows.every(({ from }) => from >= 440 * SECOND)).toBe(true);

  const quiet = await recorded(workOf(SECONDS, SECONDS));
  expect((await quiet.anomalies.anomalies(input)).rows).toEqual([]);
});

it("tells a message that had never been there", async () => {
  const events = [...workOf(SECONDS, SECONDS), ...each(550, 3, { kind: "receive", pid: 1, tag: 1 })];
  const { anomalies } = await recorded(events.sort((a, b) => Number(a.ts) - Number(b.ts)));
  const { rows } = await anomalies.anomalies({
    process: "p-1",
    learnFrom: 0,
    from: 400 * SECOND,
    everyNs: SECOND,
  });
  expect(rows).toContainEqual(
    expect.objectContaining({ what: "new", key: "receive surprise", value: 3, from: 550 * SECOND }),
  );
});

it("tells how things usually are", async () => {
  const { anomalies } = await recorded(workOf(SECONDS, SECONDS));
  const { rows } = await anomalies.patterns({ process: "p-1", from: 0, everyNs: SECOND });
  const received = rows.find(({ key }) => key === "receive add")!;
  expect(received.expected).toBeGreaterThan(18);
  expect(received.expected).toBeLessThan(26);
  expect(received.usually[0]).toBeLessThan(received.expected);
  await expect(anomalies.patterns({ everyNs: 1e6 })).rejects.toMatchObject({ code: "QUERY_TOO_FINE" });
});
