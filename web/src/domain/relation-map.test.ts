import type { ProcessRef } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { relationMap } from "./relation-map.ts";

const who = (handle: string): ProcessRef => ({ handle, pid: handle, label: handle, name: null });

it("has a process amid those that it has to do with, one line to each", () => {
  const many = Array.from({ length: 10 }, (_, index) => who(`m${index}`));
  const { nodes, edges } = relationMap(who("me"), {
    parent: who("sup"),
    links: [who("sup"), who("port"), who("me")],
    monitors: [],
    monitoredBy: many,
    children: [],
  });
  expect(nodes[0]).toMatchObject({ id: "me", tone: "accent" });
  expect(edges[0]).toEqual({ from: "sup", to: "me", label: "started, linked", tone: "plain" });
  expect(edges.at(-1)).toEqual({ from: "me", to: "port", label: "linked", tone: "plain" });
  expect(nodes.filter(({ id }) => id.startsWith("m") && id !== "me")).toHaveLength(9);
  expect(nodes.map(({ label }) => label)).toContain("2 more");
});
