import { expect, it } from "vitest";
import { type PeerChange, splitsOf } from "./peer-table.ts";

let id = 0;
const says = (at: number, node: string, sign: "+" | "-", peer: string): PeerChange => ({
  id: ++id,
  ts: BigInt(at),
  node,
  peer,
  up: sign === "+",
});

it("is a split where both sides say so, from the first to notice to the first that is back", () => {
  const changes = [
    says(10, "a", "-", "b"),
    says(70, "b", "-", "a"),
    says(90, "b", "+", "a"),
    says(91, "a", "+", "b"),
  ];
  expect(splitsOf(changes)).toEqual([
    { nodes: ["a", "b"], from: 10n, to: 90n, evidence: changes.map((one) => one.id) },
  ]);
});

it("goes on where nobody is back", () => {
  const changes = [says(10, "b", "-", "a"), says(20, "a", "-", "b")];
  expect(splitsOf(changes)).toMatchObject([{ nodes: ["a", "b"], from: 10n, to: null }]);
});

it("is none where one of them went down, and came back as another", () => {
  expect(splitsOf([says(10, "a", "-", "b"), says(50, "a", "+", "b"), says(51, "b", "+", "a")])).toEqual([]);
  expect(splitsOf([says(10, "a", "-", "b")])).toEqual([]);
});

it("tells one after another apart, and pairs of nodes", () => {
  const changes = [
    says(10, "a", "-", "b"),
    says(11, "b", "-", "a"),
    says(20, "a", "+", "b"),
    says(21, "b", "+", "a"),
    says(30, "b", "-", "a"),
    says(31, "a", "-", "b"),
    says(32, "c", "-", "a"),
    says(33, "a", "-", "c"),
    says(40, "c", "+", "a"),
    says(41, "a", "+", "c"),
  ];
  expect(splitsOf(changes).map(({ nodes, from, to }) => [...nodes, from, to])).toEqual([
    ["a", "b", 10n, 20n],
    ["a", "b", 30n, null],
    ["a", "c", 32n, 40n],
  ]);
});
