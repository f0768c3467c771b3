import { expect, it } from "vitest";
import type { FindingRow } from "../protocol/index.ts";
import { type AlertParts, Alerts } from "./alerts.ts";

const finding = (summary: string, more: Partial<FindingRow> = {}): FindingRow => ({
  verdict: "warn",
  detector: "crash",
  summary,
  processes: [],
  t: 0,
  until: null,
  evidence: [1],
  confirm: "",
  todo: "",
  score: 1,
  ...more,
});

/** A record whose findings, length and clock a test sets; looks take `tookMs`. */
function made() {
  const state = {
    rows: [] as FindingRow[],
    id: 1,
    t: 0,
    ms: 0,
    tookMs: 10,
    looks: 0,
    heldMs: 1,
  };
  const parts: AlertParts = {
    diagnose: async () => {
      state.looks += 1;
      state.ms += state.tookMs;
      return { from: 0, to: 0, rows: state.rows, more: false, clear: [], blind: [] };
    },
    holds: () => () => state.heldMs,
    now: () => ({ lastEventId: state.id, t: state.t, watching: true }),
    clock: () => state.ms,
  };
  const alerts = new Alerts(parts);
  const later = async (ms: number): Promise<readonly string[]> => {
    state.ms += ms;
    state.id += 1;
    return (await alerts.answer({})).rows.map(({ summary }) => summary);
  };
  return { state, alerts, later };
}

it("tells each fault once, also where it is another process's with other numbers", async () => {
  const { state, later, alerts } = made();
  state.rows = [finding("#PID<0.1.0> crashed 2 times"), finding("look again", { verdict: "recheck" })];
  expect(await later(0)).toEqual(["#PID<0.1.0> crashed 2 times"]);
  state.rows = [
    finding("#PID<0.77.1> crashed 31 times"),
    finding("a queue grew", { detector: "mailbox_growth" }),
  ];
  expect(await later(6_000)).toEqual(["#PID<0.1.0> crashed 2 times", "a queue grew"]);
  expect((await alerts.answer({ afterId: 1 })).rows.map(({ id }) => id)).toEqual([2]);
});

it("rests as long as it must: 5 s, and ten times as long as a look took; several who ask share one", async () => {
  const { state, later, alerts } = made();
  await Promise.all([alerts.answer({}), alerts.answer({}), alerts.answer({})]);
  expect(state.looks).toBe(1);
  state.tookMs = 1_000;
  await later(4_000);
  expect(state.looks).toBe(1);
  await later(2_000);
  expect(state.looks).toBe(2);
  expect(await alerts.answer({})).toMatchObject({ tookMs: 1_000, restMs: 10_000 });
  await later(9_000);
  expect(state.looks).toBe(2);
  await later(2_000);
  expect(state.looks).toBe(3);
});

it("does not look again where nothing happened since", async () => {
  const { state, alerts } = made();
  await alerts.answer({});
  state.ms += 60_000;
  await alerts.answer({});
  expect(state.looks).toBe(1);
});

it("is never a flood: ten of one look, a hundred in all, the rest is counted", async () => {
  const { state, later, alerts } = made();
  for (let round = 0; round < 15; round++) {
    state.rows = Array.from({ length: 30 }, (_, i) => finding(`${"x".repeat(round + 1)} ${"y".repeat(i)}`));
    await later(6_000);
  }
  const { rows, untold } = await alerts.answer({});
  expect([rows.length, untold]).toEqual([100, 15 * 20]);
  expect(rows.at(-1)!.id).toBe(150);
});

it("is not done by itself any more once it held up the recording, and says so", async () => {
  const { state, later, alerts } = made();
  expect((await alerts.answer({})).why).toBe("");
  for (const ms of [400, 400, 10, 400, 400]) {
    state.heldMs = ms;
    await later(6_000);
    expect((await alerts.answer({})).why).toBe("");
  }
  state.heldMs = 400;
  await later(6_000);
  expect((await alerts.answer({})).why).toContain("diagnose");
  await later(600_000);
  expect(state.looks).toBe(7);
});

it("hands on what it could not look at, and rests after it all the same", async () => {
  const { state, later } = made();
  let broken = true;
  const alerts = new Alerts({
    diagnose: async () => {
      state.looks += 1;
      if (broken) throw new Error("the store is away");
      return { from: 0, to: 0, rows: [finding("x")], more: false, clear: [], blind: [] };
    },
    holds: () => () => 0,
    now: () => ({ lastEventId: state.id, t: 0, watching: true }),
    clock: () => state.ms,
  });
  await expect(alerts.answer({})).rejects.toThrow("the store is away");
  await later(0);
  expect((await alerts.answer({})).rows).toEqual([]);
  broken = false;
  await later(6_000);
  expect((await alerts.answer({})).rows).toHaveLength(1);
});
