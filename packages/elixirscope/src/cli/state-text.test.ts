import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import type { EventRow, StateRow } from "../protocol/index.ts";
import { stateText } from "./state-text.ts";

const plain = picocolors.createColors(false);
const cause = { summary: '{:"$gen_cast", {:add, 1}}' } as EventRow;
const row = (changes: Partial<StateRow>): StateRow => ({
  id: 1,
  t: 0,
  at: "not a time",
  flow: null,
  module: "Hello.Counter",
  function: ":gen_server.loop/7",
  state: { text: "%{count: 2}", bytes: 20, truncated: false },
  extent: "whole",
  callback: "Hello.Counter.handle_cast/2",
  occasion: "",
  cause,
  causeCertain: true,
  durationNs: 12_000,
  durationExact: true,
  waitedNs: 2_000,
  postponed: false,
  reason: null,
  changed: true,
  diff: null,
  ...changes,
});
const lines = (changes: Partial<StateRow>, diff = false): readonly string[] =>
  stateText(row(changes), 100, diff, plain);

describe("stateText", () => {
  it("tells the callback, its times, its message and the state", () => {
    expect(lines({})).toEqual([
      "not a time  Hello.Counter.handle_cast/2  12 µs, waited 2 µs",
      '  for {:"$gen_cast", {:add, 1}}',
      "  %{count: 2}",
    ]);
  });

  it("says what is not certain, not exact, or not there", () => {
    expect(lines({ causeCertain: false, durationExact: false, waitedNs: null })).toEqual([
      "not a time  Hello.Counter.handle_cast/2  ≤ 12 µs",
      '  for {:"$gen_cast", {:add, 1}}  (probably)',
      "  %{count: 2}",
    ]);
    expect(
      lines({
        cause: null,
        occasion: "init",
        callback: "Hello.Counter.init/1",
        durationNs: null,
        waitedNs: null,
      }),
    ).toEqual(["not a time  Hello.Counter.init/1", "  for init", "  %{count: 2}"]);
    const reason = { text: "{:shutdown, :because}", bytes: 9, truncated: false };
    expect(lines({ reason, cause: null })[1]).toBe("  ends {:shutdown, :because}");
    expect(lines({ extent: "not_copied" })[2]).toContain("too large to be recorded each time");
  });

  it("prints what changed in place of the state, and what nobody knows", () => {
    const changes = [
      { path: ".count", before: "1", after: "2" },
      { path: ".items[0]", before: null, after: ":new" },
      { path: "", before: "nil", after: null },
    ];
    expect(lines({ diff: { changes, more: true, unknown: [".blob"] } }, true).slice(2)).toEqual([
      "  - .count: 1",
      "  + .count: 2",
      "  + .items[0]: :new",
      "  - state: nil",
      "  ? .blob: not known, too large to be recorded",
      "  … and more",
    ]);
    expect(lines({ diff: { changes: [], more: false, unknown: [] } }, true).slice(2)).toEqual([
      "  unchanged",
    ]);
  });
});
