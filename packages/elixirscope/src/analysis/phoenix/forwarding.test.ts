import { expect, it } from "vitest";
import { type BroadcastCall, forwardings } from "./forwarding.ts";

// Seconds, as nanoseconds.
const at = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));
const sent = (seconds: number, node = 0, key = "k"): BroadcastCall => ({
  ts: at(seconds),
  node,
  operation: "broadcast",
  key,
});
const arrived = (seconds: number, node: number, key = "k"): BroadcastCall => ({
  ts: at(seconds),
  node,
  operation: "local_broadcast",
  key,
});

const pairs = (calls: readonly BroadcastCall[]): readonly (readonly [number, number])[] =>
  [...forwardings(calls)]
    .map(([local, origin]) => [calls.indexOf(local), calls.indexOf(origin)] as const)
    .sort(([a], [b]) => a - b);

it("ties what an adapter did to the broadcast of another node, on each node once", () => {
  expect(pairs([sent(1), arrived(1.001, 1), arrived(1.002, 2)])).toEqual([
    [1, 0],
    [2, 0],
  ]);
});

it("keeps equal ones in their order, whichever was told of first", () => {
  expect(pairs([arrived(1.003, 1), arrived(1.004, 1), sent(1.001), sent(1.002)])).toEqual([
    [0, 2],
    [1, 3],
  ]);
});

it("leaves one that never arrived alone, before others as behind them", () => {
  expect(pairs([sent(1), sent(5), arrived(5.001, 1)])).toEqual([[2, 1]]);
  expect(pairs([sent(1), arrived(1.001, 1), sent(5)])).toEqual([[1, 0]]);
});

it("stands clocks that differ, and takes nothing of its own node or of another message", () => {
  expect(pairs([sent(1.5), arrived(1, 1)])).toEqual([[1, 0]]);
  expect(pairs([sent(3), arrived(1, 1)])).toEqual([]);
  expect(pairs([sent(1), arrived(1.001, 0)])).toEqual([]);
  expect(pairs([sent(1), arrived(1.001, 1, "other")])).toEqual([]);
  expect(pairs([sent(1, 0, ""), arrived(1.001, 1, "")])).toEqual([]);
});
