import type { EventRow } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { crashGroups } from "./crashes.ts";
import { isCrash } from "./exits.ts";

const exit = (id: number, label: string, summary: string): EventRow => ({
  id,
  t: id,
  at: "",
  node: 0,
  kind: "exit",
  process: { handle: `p-${id}`, pid: `#PID<0.${id}.0>`, label, name: null },
  peer: null,
  mfa: null,
  tag: null,
  summary,
});

describe("crashes", () => {
  it("of one process for one reason are one entry, that of the newest", () => {
    const rows = [
      exit(9, "Flaky", "{:timeout, #PID<0.9.0>}"),
      exit(7, "Other", ":boom"),
      exit(5, "Flaky", "{:timeout, #PID<0.5.0>}"),
      exit(3, "Flaky", ":boom"),
    ];
    expect(crashGroups(rows).map(({ row, times }) => [row.id, times])).toEqual([
      [9, 2],
      [7, 1],
      [3, 1],
    ]);
  });

  it("of processes that have only a pid come after all others", () => {
    const rows = [
      exit(8, "#PID<0.8.0>", ":tcp_closed"),
      exit(6, "Flaky", ":boom"),
      exit(4, "#PID<0.4.0>", ":cancel_setup_timer"),
      exit(2, "Other", ":boom"),
    ];
    expect(crashGroups(rows).map(({ row }) => row.id)).toEqual([6, 2, 8, 4]);
  });

  it.each([
    [":normal", false],
    [":shutdown", false],
    ["{:shutdown, :left}", false],
    ['{:"$es_rpc", {:ok, :ok}}', false],
    [":killed", true],
    ['{%RuntimeError{message: "normal"}, []}', true],
  ])("an exit with %s: %s", (summary, crash) => {
    expect(isCrash(exit(1, "x", summary))).toBe(crash);
  });
});
