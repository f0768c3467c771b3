import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallGraph } from "./call-graph.ts";
import type { CallStep } from "./call-replay.ts";
import { executionPath, type PathNode } from "./execution-path.ts";
import { Flame, type FlameNode } from "./flame.ts";
import { type WorkFrame, workTrees } from "./work-tree.ts";

const KINDS: Readonly<Record<string, string>> = {
  "(": "call",
  ")": "return",
  "!": "exception",
  "[": "dispatch",
  "]": "state",
  x: "exit",
  s: "send",
};

/** `1(7`: process 1 calls function 7; `1)7`: it returns; `1[3`: callback 3 begins; `1]`: the state after it. A microsecond apart. */
function steps(...lines: readonly string[]): CallStep[] {
  return lines.map((line, i) => {
    const [, pid, kind, mfa] = /^(\d+)(.)(\d*)$/.exec(line)!;
    const id = i + 1;
    return { id, node: 0, ts: BigInt(id) * 1000n, kind: KINDS[kind!]!, pid: Number(pid), mfa: Number(mfa) };
  });
}

/** `type mfa total/own [children]`, microseconds; `?` where no end is known. */
const text = (frame: WorkFrame<CallStep>): string =>
  `${frame.type === "callback" ? "cb" : "f"}${frame.mfa} ${frame.totalNs / 1000n}/${frame.ownNs / 1000n}${frame.durationNs === undefined ? "?" : ""}${frame.children.length > 0 ? `[${frame.children.map(text).join(" ")}]` : ""}`;
const trees = (...lines: readonly string[]): readonly string[] =>
  [...workTrees(steps(...lines), [])].map(([pid, frames]) => `${pid}: ${frames.map(text).join(" ")}`);

describe("what processes were at, as trees", () => {
  it("puts calls into the calls and callbacks that they were made in", () => {
    expect(trees("1[3", "1(7", "2(9", "1(8", "1)8", "1)7", "1]", "2)9", "1[4", "1]")).toEqual([
      "1: cb3 6/2[f7 4/3[f8 1/1]] cb4 1/1",
      "2: f9 5/5",
    ]);
  });

  it("knows no end of a callback that the next one follows, nor of what is open", () => {
    expect(trees("1[3", "1(7", "1)7", "1[4", "1]", "1(5", "1(6", "1)6")).toEqual([
      "1: cb3 1/0?[f7 1/1] cb4 1/1 f5 1/0?[f6 1/1]",
    ]);
  });

  it("ends all with the process, and passes over a state without a callback", () => {
    expect(trees("1]", "1[3", "1(7", "1x", "1]")).toEqual(["1: cb3 2/1[f7 1/1]"]);
  });

  it("says which of them ended how", () => {
    const [frames] = [...workTrees(steps("1(7", "1(8", "1!8", "1)7", "1[3", "1[4", "1x"), []).values()];
    expect(frames!.map(({ outcome }) => outcome)).toEqual(["returned", "unknown", "ended"]);
    expect(frames![0]!.children[0]!.outcome).toBe("raised");
  });
});

/** Steps of a few processes, each well nested or not, with times that stand still now and then. */
const random = fc
  .array(
    fc.record({
      pid: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom("call", "flow_start", "return", "exception", "dispatch", "state", "exit", "send"),
      mfa: fc.integer({ min: 0, max: 3 }),
      after: fc.bigInt({ min: 0n, max: 9n }),
    }),
    { maxLength: 60 },
  )
  .map((list) => {
    let ts = 0n;
    return list.map(({ after, ...step }, i): CallStep => {
      ts += after;
      return { ...step, id: i + 1, node: 0, ts };
    });
  });
const losses = fc.array(
  fc.record({
    node: fc.integer({ min: 0, max: 1 }),
    from: fc.bigInt({ min: 0n, max: 200n }),
    to: fc.constant(150n),
  }),
  { maxLength: 2 },
);

const all = (frames: readonly WorkFrame<CallStep>[]): readonly WorkFrame<CallStep>[] =>
  frames.flatMap((frame) => [frame, ...all(frame.children)]);
const leaves = (nodes: readonly FlameNode[]): readonly FlameNode[] =>
  nodes.flatMap((node) => [node, ...leaves(node.children)]);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

it("own times add up to totals: of trees, of the flame, of functions, of edges", () => {
  fc.assert(
    fc.property(random, losses, (events, lost) => {
      const built = workTrees(events, lost);
      const roots = [...built.values()].flat();
      const frames = all(roots);
      for (const frame of frames) {
        expect(frame.ownNs >= 0n).toBe(true);
        const inner = frame.children.reduce((total, child) => total + child.totalNs, 0n);
        expect(frame.totalNs).toBe(frame.ownNs + inner);
        if (frame.durationNs !== undefined) {
          expect(frame.totalNs).toBe(frame.durationNs);
          expect(frame.durationNs).toBe(frame.end!.ts - frame.begin.ts);
        }
      }
      // Each call and each callback is there once.
      const begun = events.filter(({ kind }) => ["call", "flow_start", "dispatch"].includes(kind));
      expect(frames.map(({ begin }) => begin.id).toSorted((a, b) => a - b)).toEqual(
        begun.map(({ id }) => id),
      );

      const whole = sum(roots.map(({ totalNs }) => Number(totalNs)));
      const key = ({ type, mfa }: WorkFrame<CallStep>): string => `${type} ${mfa}`;
      const flame = new Flame<CallStep>(key);
      for (const [pid, list] of built) flame.add([`p-${pid}`], list);
      const nodes = flame.roots();
      expect(sum(nodes.map(({ totalNs }) => totalNs))).toBe(whole);
      expect(sum(leaves(nodes).map(({ ownNs }) => ownNs))).toBe(whole);

      const graph = new CallGraph<CallStep>(key, () => null);
      for (const list of built.values()) graph.add(list);
      expect(sum(graph.functions().map(({ ownNs }) => ownNs))).toBe(whole);
      expect(sum(graph.edges().map(({ ownNs }) => ownNs))).toBe(whole);
      expect(sum(graph.functions().map(({ count }) => count))).toBe(begun.length);
      for (const one of graph.functions()) expect(one.ownNs <= one.totalNs).toBe(true);
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

it("a path has every event once, in order, within the frames", () => {
  const inOrder = (nodes: readonly PathNode<CallStep>[]): readonly number[] =>
    nodes.flatMap((node) =>
      node.type === "event" ? [node.event.id] : [node.frame.begin.id, ...inOrder(node.children)],
    );
  fc.assert(
    fc.property(random, (events) => {
      for (const [pid, frames] of workTrees(events, [])) {
        const rest = events.filter((event) => event.pid === pid && event.kind === "send");
        const begun = events.filter(
          (event) => event.pid === pid && ["send", "call", "flow_start", "dispatch"].includes(event.kind),
        );
        expect(inOrder(executionPath(frames, rest))).toEqual(begun.map(({ id }) => id));
      }
    }),
    { numRuns: 200, endOnFailure: true },
  );
});

it("adds recursion up once", () => {
  const graph = new CallGraph<CallStep>(
    ({ mfa }) => String(mfa),
    () => "outside",
  );
  for (const list of workTrees(steps("1(7", "1(7", "1)7", "1(8", "1!8", "1)7"), []).values()) graph.add(list);
  expect(graph.functions()).toEqual([
    { key: "7", count: 2, ownNs: 4_000, totalNs: 5_000, mostNs: 5_000, failed: 0, unfinished: 0 },
    { key: "8", count: 1, ownNs: 1_000, totalNs: 1_000, mostNs: 1_000, failed: 1, unfinished: 0 },
  ]);
  expect(graph.edges().map(({ caller, callee, count, totalNs }) => [caller, callee, count, totalNs])).toEqual(
    [
      ["outside", "7", 1, 5_000],
      ["7", "8", 1, 1_000],
      ["7", "7", 1, 0],
    ],
  );
});
