import { expect, it } from "vitest";
import type { NodeStatus, Status } from "../protocol/index.ts";
import { NodeNews } from "./node-news.ts";

const node = (name: string, state: NodeStatus["state"], reason = ""): NodeStatus =>
  ({ name, state, reason }) as NodeStatus;
const status = (nodes: readonly NodeStatus[], splits: Status["splits"] = []) => ({ nodes, splits });

it("tells of each node that is lost or back, once", () => {
  const news = new NodeNews();
  expect(news.of(status([node("a@h", "connected"), node("b@h", "connecting")]))).toEqual([]);
  const lost = status([node("a@h", "connected"), node("b@h", "disconnected", "wrong cookie")]);
  expect(news.of(lost)).toEqual(["b@h: disconnected. wrong cookie"]);
  expect(news.of(lost)).toEqual([]);
  expect(news.of(status([node("a@h", "connected"), node("b@h", "connected")]))).toEqual(["b@h: connected."]);
});

it("tells of nodes that lost each other, and that they are back", () => {
  const news = new NodeNews();
  const split = { nodes: ["a@h", "b@h"] as const, from: 1e9 };
  expect(news.of(status([], [{ ...split, to: null }]))).toEqual([
    "a@h and b@h do not see each other any more.",
  ]);
  expect(news.of(status([], [{ ...split, to: null }]))).toEqual([]);
  expect(news.of(status([], [{ ...split, to: 4e9 }]))).toEqual([
    "a@h and b@h see each other again, after 3 s.",
  ]);
});
