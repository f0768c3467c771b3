import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import type { ReplayAnswer, ReplayRow } from "../protocol/index.ts";
import { replayLines } from "./replay-text.ts";

const outcome = {
  ended: "returned",
  reply: "3",
  state: "%{sum: 3}",
  next: ":noreply",
  exception: null,
  stack: [],
} as const;
const row: ReplayRow = {
  event: 1200,
  dispatch: 1190,
  message: 1180,
  process: { handle: "p-1", pid: "#PID<0.1.0>", name: ":till", label: ":till" },
  callback: ":till.handle_call/3",
  argument: "{:sell, 3, 10}",
  verdict: "same",
  why: "",
  recorded: outcome,
  replayed: outcome,
  differences: [],
  volatile: [],
  effects: [],
  effectsTotal: 0,
  risks: [],
  unread: [],
  output: "",
  durationNs: 1_000,
  notes: [],
};
const shown = (answer: Partial<ReplayAnswer>, ...rows: readonly Partial<ReplayRow>[]): string =>
  replayLines(
    {
      node: "shop@127.0.0.1",
      ran: true,
      chained: false,
      verdict: "same",
      ...answer,
      rows: rows.map((one) => ({ ...row, ...one })),
    },
    { isTTY: false, columns: 80, color: picocolors.createColors(false) },
  ).join("\n");

describe("a replay in text", () => {
  it("says what differs, what was real, and how many did what", () => {
    const text = shown(
      { verdict: "differs" },
      {},
      {
        verdict: "differs",
        differences: [
          { what: "reply", before: "3", after: "30", diff: null },
          {
            what: "state",
            before: "",
            after: "",
            diff: { changes: [{ path: ".sum", before: "3", after: "30" }], more: true, unknown: [] },
          },
        ],
        volatile: [{ path: "state.at", kind: "clock" }],
        effects: [
          { kind: "message", to: ":other", what: ":told", caught: false },
          { kind: "message", to: "#PID<0.2.0>", what: ":told", caught: true },
        ],
        effectsTotal: 300,
        output: "hello\n",
        notes: ["a note"],
      },
      {
        verdict: "not_run",
        why: "It was stopped.",
        replayed: { ...outcome, ended: "stopped", stack: [":till.loop/1"] },
      },
    );
    for (const line of [
      "  - reply: 3",
      "  + reply: 30",
      "  - state.sum: 3",
      "  ~ state.at: differs by a clock only",
      "  ! message to :other: :told",
      "  · message to #PID<0.2.0>: :told (caught)",
      "  … of 300 in all",
      "  wrote hello",
      "  (a note)",
      "  It was stopped.",
      "    :till.loop/1",
      "3 callbacks on shop@127.0.0.1: 1 same, 1 different, 1 not run",
      "1 effect outside of the sandbox happened for real (marked !).",
    ])
      expect(text).toContain(line);
  });

  it("says that nothing was run, and what would be", () => {
    const text = shown(
      { ran: false, verdict: "not_run" },
      {
        verdict: "not_run",
        replayed: null,
        risks: [{ kind: "table", call: ":ets.insert/2", in: ":till.handle_call/3" }],
        unread: [":till"],
      },
    );
    expect(text).toContain("ready");
    expect(text).toContain("  may: table, :ets.insert/2 in :till.handle_call/3");
    expect(text).toContain("nobody knows what :till may do");
    expect(text).toContain("Nothing was run. With --yes-run-it");
    expect(text).toContain("Everything else happens for real");
  });
});
