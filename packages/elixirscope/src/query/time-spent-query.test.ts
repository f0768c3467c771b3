import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ProcessTable } from "../analysis/index.ts";
import { createMemoryStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { QueryEngine } from "./query-engine.ts";
import { Sources } from "./sources.ts";

// Sums on generated recordings: what each call took is known from how it was made.

interface Call {
  readonly mfa: number;
  readonly before: number;
  readonly after: number;
  readonly calls: readonly Call[];
}

const call = fc.letrec<{ call: Call }>((tie) => ({
  call: fc.record({
    mfa: fc.integer({ min: 0, max: 3 }),
    before: fc.integer({ min: 0, max: 50 }),
    after: fc.integer({ min: 0, max: 50 }),
    calls: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("call"), { maxLength: 3 })),
  }),
})).call;
const programs = fc.array(fc.array(call, { maxLength: 4 }), { minLength: 1, maxLength: 3 });
const sends = fc.array(
  fc.record({
    pid: fc.integer({ min: 0, max: 2 }),
    peer: fc.integer({ min: -1, max: 3 }),
    size: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 30 },
);

interface Truth {
  readonly pid: number;
  readonly mfa: number;
  readonly caller: number | null;
  readonly at: number;
  readonly took: number;
  readonly own: number;
  /** No call of the same function is around it. */
  readonly outermost: boolean;
}

/** The events of a program, and what is true of its calls. */
function played(pid: number, program: readonly Call[]): { events: EventSpec[]; truth: Truth[] } {
  const events: EventSpec[] = [];
  const truth: Truth[] = [];
  let ts = 1_000;
  const play = ({ mfa, before, after, calls }: Call, around: readonly number[]): number => {
    const at = ts;
    events.push({ kind: "call", ts, pid, mfa });
    ts += before;
    const inner = calls.reduce((sum, one) => sum + play(one, [...around, mfa]), 0);
    ts += after;
    events.push({ kind: "return", ts, pid, mfa });
    const took = ts - at;
    const caller = around.at(-1) ?? null;
    truth.push({ pid, mfa, caller, at, took, own: took - inner, outermost: !around.includes(mfa) });
    return took;
  };
  for (const one of program) {
    play(one, []);
    ts += 7;
  }
  return { events, truth };
}

async function recorded(events: readonly EventSpec[]): Promise<QueryEngine> {
  const store = createMemoryStore();
  const lookup = new Lookup();
  const delta = deltaOf({
    processes: [0, 1, 2, 3].map((index) => processOf(index, 10 + index)),
    functions: [0, 1, 2, 3].map((index) => ({ index, module: "m", function: `f${index}`, arity: 0 })),
  });
  lookup.add(delta);
  lookup.addNode("a@127.0.0.1", 0);
  const next = batchSequence();
  store.append(next([]), delta);
  const half = Math.floor(events.length / 2);
  store.append(next(events.slice(0, half)), deltaOf());
  store.append(next(events.slice(half)), deltaOf());
  const table = new ProcessTable(lookup);
  const parts = { store, table, lookup, sources: new Sources(), origin: 0n };
  return new QueryEngine({ ...parts, now: () => 10_000n, sampleOf: () => 1 });
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

it("durations, own times and callers are those of the calls that were made", async () => {
  await fc.assert(
    fc.asyncProperty(programs, fc.integer({ min: 20, max: 500 }), async (list, everyNs) => {
      const plays = list.map((program, pid) => played(pid, program));
      const truth = plays.flatMap((one) => one.truth);
      // Processes run beside each other: their events come mixed, each one's in its own order.
      const events = plays.flatMap((one) => one.events).sort((a, b) => Number(a.ts) - Number(b.ts));
      const query = await recorded(events);
      const { work } = query;

      const bounds = { from: 2 * everyNs, to: 6 * everyNs, minNs: 20, maxNs: 150 };
      const chosen = truth.filter(
        ({ at, took }) =>
          at >= bounds.from && at <= bounds.to && took >= bounds.minNs && took <= bounds.maxNs,
      );
      const executions = await query.executions({ ...bounds, limit: 2_000 });
      const called = ({ pid, at, took }: Truth): string => `p-${pid} ${at} ${took}`;
      expect(
        executions.rows.map(({ process, t, durationNs }) => `${process?.handle} ${t} ${durationNs}`).sort(),
      ).toEqual(chosen.map(called).sort());
      expect([executions.complete, executions.rows.every(({ outcome }) => outcome === "returned")]).toEqual([
        true,
        true,
      ]);

      const { groups, total } = await work.aggregate({
        of: "duration",
        by: ["mfa", "process"],
        everyNs,
        limit: 1_000,
      });
      expect([total.count, total.sum]).toEqual([truth.length, sum(truth.map(({ took }) => took))]);
      for (const { key, handles, count, sum: took, most, series } of groups) {
        const own = truth.filter(({ mfa, pid }) => key[0] === `:m.f${mfa}/0` && handles[1] === `p-${pid}`);
        const times = own.map((one) => one.took);
        expect([count, took, most]).toEqual([own.length, sum(times), Math.max(...times)]);
        for (const { t, sum: inside } of series)
          expect(inside).toBe(
            sum(own.filter(({ at }) => at >= t && at < t + everyNs).map((one) => one.took)),
          );
      }

      const hot = await work.hot({ limit: 100 });
      expect(hot.totalNs).toBe(sum(truth.map(({ own }) => own)));
      for (const { name, count, ownNs, totalNs } of hot.rows) {
        const own = truth.filter(({ mfa }) => name === `:m.f${mfa}/0`);
        expect([count, ownNs]).toEqual([own.length, sum(own.map((one) => one.own))]);
        expect(totalNs).toBe(sum(own.filter(({ outermost }) => outermost).map(({ took }) => took)));
      }

      const { rows } = await work.callGraph({ limit: 1_000 });
      expect(sum(rows.map(({ count }) => count))).toBe(truth.length);
      for (const { caller, callee, count } of rows) {
        const name = (mfa: number | null): string | null => (mfa === null ? null : `:m.f${mfa}/0`);
        expect(count).toBe(
          truth.filter((one) => name(one.mfa) === callee && name(one.caller) === caller).length,
        );
      }
      const longest = Math.max(0, ...truth.map(({ took }) => took));
      expect((await work.slowest({ limit: 1 })).rows[0]?.durationNs ?? 0).toBe(longest);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

it("messages between processes are those that were sent, and the rest of them", async () => {
  await fc.assert(
    fc.asyncProperty(sends, fc.integer({ min: 1, max: 4 }), async (list, limit) => {
      const { work } = await recorded(
        list.map(({ pid, peer, size }) => ({
          kind: "send",
          pid,
          peer,
          payload: new Uint8Array(size).fill(106),
        })),
      );
      const { rows, other, total } = await work.messageFlow({ limit });
      expect(total).toEqual({ count: list.length, bytes: sum(list.map(({ size }) => size)) });
      for (const { fromHandle, toHandle, count, bytes } of rows) {
        const own = list.filter(
          ({ pid, peer }) => fromHandle === `p-${pid}` && toHandle === (peer < 0 ? null : `p-${peer}`),
        );
        expect([count, bytes]).toEqual([own.length, sum(own.map(({ size }) => size))]);
      }
      expect(sum(rows.map(({ count }) => count)) + other.count).toBe(total.count);
      expect(sum(rows.map(({ bytes }) => bytes)) + other.bytes).toBe(total.bytes);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
