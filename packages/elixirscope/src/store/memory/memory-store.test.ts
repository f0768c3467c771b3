import { describe, expect, it } from "vitest";
import { describeTraceStore } from "../contract.ts";
import { batchSequence, deltaOf } from "../testing.ts";
import { createMemoryStore } from "./memory-store.ts";

describeTraceStore("memory", async () => createMemoryStore());
describeTraceStore("memory with a limit not reached", async () => createMemoryStore({ maxEvents: 100_000 }));

describe("memory store with a limit", () => {
  it("drops whole batches, oldest first, and counts what is left", async () => {
    const store = createMemoryStore({ maxEvents: 5 });
    const next = batchSequence();
    store.append(
      next([
        { kind: "exit", ts: 1n },
        { kind: "send", ts: 2n },
      ]),
      deltaOf(),
    );
    store.append(
      next([
        { kind: "send", ts: 3n },
        { kind: "send", ts: 9n },
      ]),
      deltaOf(),
    );
    expect(await store.totals()).toMatchObject({ events: 4, first: 1n, byKind: { exit: 1, send: 3 } });
    store.append(
      next([
        { kind: "call", ts: 4n },
        { kind: "call", ts: 5n },
      ]),
      deltaOf(),
    );
    expect(await store.totals()).toEqual({
      events: 4,
      byKind: { send: 2, call: 2 },
      lastId: 6,
      nextBatch: 3,
      first: 3n,
      last: 9n,
    });
    const events = await store.events({ order: "oldest_first", limit: 10 });
    expect(events.map(({ id }) => id)).toEqual([3, 4, 5, 6]);
  });

  it("keeps a single batch that is larger than the limit", async () => {
    const store = createMemoryStore({ maxEvents: 1 });
    const next = batchSequence();
    store.append(next([{ kind: "send" }, { kind: "send" }, { kind: "send" }]), deltaOf());
    expect(await store.totals()).toMatchObject({ events: 3 });
  });
});
