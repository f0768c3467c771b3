import type { NodeStatus } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { latestNodes, nodeLookedAt, stateOf, worstOf } from "./node-state.ts";

const node = (index: number, name: string, state: NodeStatus["state"], reason = ""): NodeStatus =>
  ({ index, name, state, reason }) as NodeStatus;

const nodes = [
  node(0, "a@h", "connected"),
  node(1, "b@h", "ended", "the node went down"),
  node(2, "b@h", "disconnected"),
  node(3, "c@h", "ended", "detached"),
];

it("knows of each name its newest life", () => {
  expect(latestNodes(nodes).map(({ index }) => index)).toEqual([0, 2, 3]);
});

it("tells one state of all, the one that needs a look", () => {
  expect(nodes.map(stateOf)).toEqual(["connected", "ended", "disconnected", "detached"]);
  expect(worstOf(nodes, true)).toBe("disconnected");
  expect(worstOf(nodes.slice(0, 1), true)).toBe("connected");
  expect([worstOf([], true), worstOf([], false)]).toEqual(["not attached", "connecting"]);
});

it("takes the node that is looked at, else the first", () => {
  expect(nodeLookedAt(nodes, "b@h")?.index).toBe(2);
  expect(nodeLookedAt(nodes, undefined)?.index).toBe(0);
});
