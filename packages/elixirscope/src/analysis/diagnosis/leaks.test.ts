import { expect, it } from "vitest";
import { atomGrowth, binaryGrowth, monitorLeak, portLeak, stateGrowth, tableGrowth } from "./leaks.ts";
import type { Figure, MonitorFact, NodeFact, SizeFact, TableFact } from "./more-facts.ts";
import { riseOf } from "./rise.ts";
import { facts, named } from "./testing-facts.ts";

const figures = (...values: readonly number[]): readonly Figure[] =>
  values.map((value, i) => ({ id: i + 1, t: i * 1e9, value }));
const verdicts = (found: readonly { readonly verdict: string }[]): readonly string[] =>
  found.map(({ verdict }) => verdict);

it("knows what goes on growing from what comes to rest, falls back or is too short to tell", () => {
  expect(riseOf(figures(1, 2, 3, 4, 5, 6, 7, 8))).toEqual({ first: 1, last: 8 });
  expect(riseOf(figures(1, 5, 8, 9, 9, 9, 9, 9))).toBeUndefined();
  expect(riseOf(figures(1, 9, 2, 8, 1, 9, 2, 8))).toBeUndefined();
  expect(riseOf(figures(1, 2, 3))).toBeUndefined();
});

it("warns of a state that becomes large, with the part that grows, and leaves a small one open", () => {
  const size = (more: Partial<SizeFact>): SizeFact => ({
    process: named("Keeper"),
    of: "state",
    points: figures(...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 100_000)),
    part: ":entries (3 → 250 elements)",
    ...more,
  });
  const found = (...sizes: readonly SizeFact[]) => stateGrowth.detect(facts({ sizes }));
  expect(found(size({}))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "The state of Keeper grew from 100 kB to 800 kB within 7.0 s and went on growing. What grows is :entries (3 → 250 elements).",
      evidence: [1, 2, 7, 8],
    },
  ]);
  expect(verdicts(found(size({ points: figures(100, 300, 500, 700, 900, 1_100) })))).toEqual(["recheck"]);
  expect(found(size({ points: figures(100, 900, 900, 900, 900) }))).toEqual([]);
  // The heap that such a state is in tells nothing more.
  const heap = size({ of: "memory", points: figures(1e6, 4e6, 9e6, 16e6, 25e6), part: null });
  expect(found(size({}), heap)).toHaveLength(1);
  expect(verdicts(found(heap))).toEqual(["warn"]);
});

it("warns of a table that loses no row, of tables made again and again, and not of one that is cleared", () => {
  const table = (more: Partial<TableFact>): TableFact => ({
    name: "Sessions",
    owner: named("Store"),
    rows: figures(0, 300, 600, 900, 1_200),
    tables: figures(1, 1, 1, 1, 1),
    memory: 90_000,
    ...more,
  });
  const found = (more: Partial<TableFact>) => tableGrowth.detect(facts({ tables: [table(more)] }));
  expect(found({})).toMatchObject([
    {
      verdict: "warn",
      summary:
        "The ETS table Sessions of Store grew from 0 to 1200 rows (90 kB) within 4.0 s, and never lost any.",
    },
  ]);
  expect(verdicts(found({ rows: figures(0, 30, 60, 90, 120) }))).toEqual(["recheck"]);
  expect(found({ rows: figures(0, 300, 200, 400, 900) })).toEqual([]);
  const again = found({ rows: figures(0, 0, 0, 0, 0), tables: figures(1, 20, 40, 60, 80) });
  expect(again).toMatchObject([
    { verdict: "warn", summary: expect.stringMatching(/^Store made ETS tables/) },
  ]);
});

const node = (more: Partial<NodeFact>): NodeFact => ({ atoms: [], binaries: [], takers: [], ...more });

it("warns of atoms that come in each stretch, not of those that code brings when it is loaded", () => {
  const found = (...atoms: readonly number[]) =>
    atomGrowth.detect(facts({ nodes: [node({ atoms: figures(...atoms) })] }));
  expect(verdicts(found(9_000, 9_500, 10_000, 10_500, 11_000))).toEqual(["warn"]);
  expect(found(9_000, 12_000, 12_001, 12_001, 12_001)).toEqual([]);
});

it("warns of binaries that are kept where somebody took in as much, else leaves open who has them", () => {
  const binaries = figures(1e6, 5e6, 10e6, 15e6, 20e6);
  const takers = [{ who: named("Index"), bytes: 19e6, count: 400, id: 77 }];
  const found = (more: Partial<NodeFact>) =>
    binaryGrowth.detect(facts({ nodes: [node({ binaries, ...more })] }));
  expect(found({ takers })).toMatchObject([
    {
      verdict: "warn",
      processes: [named("Index")],
      summary: expect.stringContaining("19.0 MB in 400 large"),
    },
  ]);
  expect(verdicts(found({}))).toEqual(["recheck"]);
  expect(found({ binaries: figures(1e6, 2e6, 1e6, 2e6, 1e6) })).toEqual([]);
});

it("warns of ports that are opened and never closed", () => {
  const found = (...points: readonly number[]) =>
    portLeak.detect(
      facts({ ports: [{ owner: named("Probe"), what: "udp_inet", points: figures(...points) }] }),
    );
  expect(found(0, 20, 40, 60, 80)).toMatchObject([
    {
      verdict: "warn",
      summary: "Probe opened ports (udp_inet) and closed none: 0 at first, 80 after 4.0 s.",
    },
  ]);
  expect(found(0, 20, 10, 20, 30)).toEqual([]);
});

it("warns of monitors of the same process on and on; of many processes it leaves open whether they are meant", () => {
  const set = Array.from({ length: 80 }, (_, i) => ({ id: i + 1, t: (i / 8) * 1e9 }));
  const monitor = (more: Partial<MonitorFact>): MonitorFact => ({
    process: named("Door"),
    set,
    targets: 1,
    most: { who: named("Guest"), count: 80 },
    over: 0,
    ...more,
  });
  const found = (more: Partial<MonitorFact>) => monitorLeak.detect(facts({ monitors: [monitor(more)] }));
  expect(found({})).toMatchObject([
    {
      verdict: "warn",
      summary: "Door set 80 monitors within 9.9 s, 80 times the same (Guest), and 80 of them still stand.",
    },
  ]);
  expect(verdicts(found({ targets: 80, most: { who: named("Guest"), count: 1 } }))).toEqual(["recheck"]);
  expect(found({ over: 70 })).toEqual([]);
});
