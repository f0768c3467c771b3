// The circuit breaker and the bound of the agent's memory, held against an application that notes for itself when it sent
// what: nothing is recorded inside of a gap, and nothing is missing outside.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atom } from "@elixirscope/etf";
import { Engine } from "elixirscope/engine";
import type { EventRow, GapRow, NodeControl, Status } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CountingSession } from "../testkit/counting-session.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { endFlood, flood, type Moment, startFlood } from "../testkit/flood.ts";
import { untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "breaker_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "breaker-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** Ten times as many messages open the breaker; a flood has more. */
const MAILBOX = 1_000;
const FLOOD = 30_000;

const attach = (input: object = {}): Promise<Status> =>
  engine.call("attach", {
    node: node.name,
    cookie: node.cookie,
    level: "messages",
    processes: ["the_flood"],
    limits: { mailbox: MAILBOX },
    ...input,
  });

const gapsOf = async (cause: GapRow["cause"]): Promise<readonly GapRow[]> =>
  (await engine.call("gaps", {})).filter((gap) => gap.cause === cause);

const PATIENCE = { timeout: 60_000, interval: 20 };

/** Resolves with the first state of affairs pushed of which this is true. */
const controlOf = (isSo: (control: NodeControl) => boolean): Promise<NodeControl> =>
  new Promise((resolve) => {
    const unsubscribe = engine.onPush(({ status: { nodes } }) => {
      const control = nodes[0]?.control;
      if (!control || !isSo(control)) return;
      unsubscribe();
      resolve(control);
    });
  });

/** All that is recorded of the application's messages, by their numbers. */
async function recorded(): Promise<ReadonlyMap<number, EventRow>> {
  const filter = { kinds: ["send"], tag: "drop", order: "oldest_first", limit: 10_000 } as const;
  const found = new Map<number, EventRow>();
  for (let afterId = 0; ; ) {
    const { rows } = await engine.call("events", { ...filter, afterId });
    for (const row of rows) found.set(Number(/:drop, (\d+)/.exec(row.summary)?.[1]), row);
    if (rows.length < 10_000) return found;
    afterId = rows.at(-1)!.id;
  }
}

/** Unix nanoseconds of the recording's `t` 0, which is a whole microsecond. */
function originOf({ at, t }: EventRow): bigint {
  const micros = BigInt(Date.parse(`${at.slice(0, 23)}Z`)) * 1_000n + BigInt(at.slice(23, 26));
  return (micros - BigInt(Math.floor(t / 1_000))) * 1_000n;
}

const isIn = (t: number, { from, to }: GapRow): boolean => t >= from && t <= to;
const touches = ([, before, after]: Moment, { from, to }: GapRow): boolean => after >= from && before <= to;

/** Until something that the application sent after this moment is recorded. */
async function untilSeenAfter(t: number): Promise<void> {
  const since = { kinds: ["send"], tag: "drop", from: t, limit: 1 } as const;
  await expect.poll(async () => (await engine.call("events", since)).rows.length, PATIENCE).toBe(1);
}

/** Ends the application and compares what it says with the recording; answers what was sent and is not recorded. */
async function compared(): Promise<{ moments: readonly Moment[]; missing: readonly Moment[] }> {
  const [first] = (await recorded()).values();
  const all = await endFlood(node, originOf(first!));
  await engine.call("detach", {});
  const seen = await recorded();
  // What it did before it was traced does not count.
  const moments = all.filter(([, , after]) => after >= first!.t);
  const gaps = await engine.call("gaps", {});
  // What is recorded was sent when the record says, and not while tracing was off or lower. (Trace messages of several
  // processes have no order among themselves: of the moments in which the tracer counts, some were seen.)
  const truth = new Map(moments.map((moment) => [moment[0], moment]));
  const wrong = [...seen].flatMap(([number, { t }]) => {
    const [, before, after] = truth.get(number)!;
    const around = gaps.filter((gap) => gap.cause !== "overload" && isIn(t, gap));
    return t < before || t > after || around.length > 0 ? [{ number, before, t, after, around }] : [];
  });
  expect(wrong).toEqual([]);
  // What is not recorded was sent in a gap.
  const missing = moments.filter(([number]) => !seen.has(number));
  expect(missing.filter((moment) => !gaps.some((gap) => touches(moment, gap)))).toEqual([]);
  // A gap begins and ends with what is missing: no more than the next message of the application is on either side. (A short
  // one may have none of its messages: where the machine stood still, the application did too.)
  const idle = gaps.filter((gap) => !missing.some((moment) => touches(moment, gap)));
  expect(idle.filter((gap) => moments.some((moment) => touches(moment, gap)))).toEqual([]);
  expect(gaps.reduce((sum, { total }) => sum + total, 0)).toBe((await engine.call("status", {})).dropped);
  return { moments, missing };
}

describe("the circuit breaker", () => {
  it("switches tracing off in a flood, and on again; its gap has the exact interval [safety.breaker] [safety.accounting.breaker]", async () => {
    await startFlood(node, 1);
    await attach();
    await untilSeenAfter(0);
    const flooded = await flood(node, FLOOD);
    await expect.poll(async () => (await gapsOf("breaker")).length, PATIENCE).toBe(1);
    const [opened] = await gapsOf("breaker");
    await untilSeenAfter(opened!.to);
    const { moments, missing } = await compared();
    const { droppedByKind } = await engine.call("status", {});
    // Nearly all of the flood was in the mailbox when the tracer had its turn.
    expect(missing.length).toBeGreaterThan(flooded - 2 * MAILBOX);
    // All of the flood was sent while the flags were there: it was seen or counted. Only what came after it, to the end of
    // the gap, nobody can count; in the last of it (it waits for a quarter of a second) there were no flags for certain.
    expect(droppedByKind.send).toBeGreaterThan(FLOOD / 2);
    const uncounted = missing.length - (droppedByKind.send ?? 0);
    const afterFlood = missing.filter(([number, before]) => number < 1e6 && before > opened!.from);
    expect(uncounted).toBeLessThanOrEqual(afterFlood.length);
    expect(uncounted).toBeGreaterThanOrEqual(
      afterFlood.filter(([, before, after]) => before > opened!.to - 2e8 && after < opened!.to).length,
    );
    expect(moments.length).toBeGreaterThan(missing.length);
  });

  it("counts each event of a flood that is over before it opens [safety.accounting.breaker]", async () => {
    await startFlood(node);
    const counting = await CountingSession.attach(node, { mailbox: MAILBOX });
    await counting.trace("messages", { processes: [atom("the_flood")] });
    const flooded = await flood(node, FLOOD);
    await expect.poll(() => counting.gaps.map(({ cause }) => cause), PATIENCE).toContain("breaker");
    await expect.poll(() => counting.stats?.breaker, PATIENCE).toBe("closed");
    // It is there again: what it says after that is seen.
    const { send: before = 0 } = counting.seen;
    const again = await flood(node, 100);
    await expect.poll(() => (counting.seen.send ?? 0) > before, PATIENCE).toBe(true);
    const stats = await counting.detach();
    await endFlood(node, 0n);
    expect(stats.produced).toBe(stats.sent + stats.dropped);
    expect(Object.values(counting.dropped).reduce((sum, count) => sum + count, 0)).toBe(stats.dropped);
    expect((counting.seen.send ?? 0) + (counting.dropped.send ?? 0)).toBe(flooded + again);
    expect(counting.dropped.send).toBeGreaterThan(FLOOD / 2);
    await untilNoTraceOfUs(node, 5_000);
  });

  it("says that nothing is traced while it is open, comes back a level lower the third time in a row, and higher when it is calm [safety.breaker]", async () => {
    await startFlood(node, 1);
    await attach();
    await untilSeenAfter(0);
    const off = controlOf(({ inForce }) => inForce === "off");
    const seen = { isLower: false };
    const lower = controlOf(({ inForce, loweredBy }) => inForce === "observe" && loweredBy === "breaker");
    void lower.then(() => {
      seen.isLower = true;
    });
    // In a row: before it has been on for two seconds, which a busy machine may need for one flood.
    for (let trips = 1; !seen.isLower; trips++) {
      await flood(node, FLOOD);
      await expect
        .poll(async () => seen.isLower || (await gapsOf("breaker")).length >= trips, PATIENCE)
        .toBe(true);
      const newest = Math.max(0, ...(await gapsOf("breaker")).map(({ to }) => to));
      await Promise.race([lower, untilSeenAfter(newest)]);
    }
    // It is open for a second then, longer than from report to report.
    expect(await off).toMatchObject({ loweredBy: "breaker" });
    await controlOf(({ inForce, loweredBy }) => inForce === "messages" && loweredBy === null);
    const [budget] = await gapsOf("budget");
    await untilSeenAfter(budget!.to);
    await compared();
    expect((await gapsOf("breaker")).length).toBeGreaterThanOrEqual(3);
  });
});

describe("the agent's memory", () => {
  it("is brought back below its budget, whatever waits in the mailbox, and each event counted [safety.budget.memory]", async () => {
    await startFlood(node);
    // The length of the mailbox alone would be no reason.
    const counting = await CountingSession.attach(node, { mailbox: 1_000_000 });
    const memoryBytes = 8 * 2 ** 20;
    await counting.trace("messages", { processes: [atom("the_flood")], budget: { memoryBytes } });
    // All of it waits when the tracer has its turn: 100 bytes and more for each.
    const flooded = await flood(node, 200_000);
    await expect.poll(() => counting.gaps.length, PATIENCE).toBeGreaterThan(0);
    await expect.poll(() => counting.stats?.breaker, PATIENCE).toBe("closed");
    const again = await flood(node, 100);
    const stats = await counting.detach();
    await endFlood(node, 0n);
    // The receives of the flood come when it is over: they may meet the limit of what is in flight.
    const causes = ["overload", "breaker", "no_credit"];
    expect(counting.gaps.filter(({ cause }) => !causes.includes(cause))).toEqual([]);
    expect((counting.seen.send ?? 0) + (counting.dropped.send ?? 0)).toBe(flooded + again);
    expect(counting.dropped.send).toBeGreaterThan(flooded / 2);
    expect(stats.produced).toBe(stats.sent + stats.dropped);
    expect(stats.memory).toBeLessThan(memoryBytes);
  });
});
