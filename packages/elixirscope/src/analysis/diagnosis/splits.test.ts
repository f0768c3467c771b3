import { expect, it } from "vitest";
import { netsplit } from "./splits.ts";
import { facts } from "./testing-facts.ts";

const NODES = ["a@h", "b@h"] as const;

it("tells of two nodes that lost each other, with what both said", () => {
  const split = { nodes: NODES, from: 1e9, to: 3.5e9, evidence: [4, 7, 9, 12] };
  const [found] = netsplit.detect(facts({ splits: [split], nodesSeen: true }));
  expect(found).toMatchObject({ verdict: "warn", t: 1e9, until: 3.5e9, evidence: [4, 7, 9, 12] });
  expect(found!.summary).toMatch(/^a@h and b@h did not see each other for 2\.5 s, and both were at work/);
});

it("goes up to the end where they have not found each other", () => {
  const split = { nodes: NODES, from: 4e9, to: null, evidence: [4, 7] };
  const [found] = netsplit.detect(facts({ splits: [split], nodesSeen: true, to: 10e9 }));
  expect(found!.summary).toContain("have not seen each other for 6.0 s, up to the end of the record");
  expect(found).toMatchObject({ until: 10e9 });
});

it("leaves what came after the record that it looks at to the next look", () => {
  const split = { nodes: NODES, from: 10.5e9, to: null, evidence: [4, 7] };
  expect(netsplit.detect(facts({ splits: [split], nodesSeen: true, to: 10e9 }))).toEqual([]);
});

it("is silent where nothing was lost, and says so where nodes were seen", () => {
  expect(netsplit.detect(facts({ nodesSeen: true }))).toEqual([]);
  expect(netsplit.sees(facts({ nodesSeen: true }))).toBe(true);
  expect(netsplit.sees(facts({ nodesSeen: false }))).toBe(false);
});
