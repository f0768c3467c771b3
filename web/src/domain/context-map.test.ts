import type { BoundariesAnswer, LeakRow } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { contextMap, drawnEdges } from "./context-map.ts";

const leak = (caller: string, callee: string, context: string): LeakRow => ({
  kind: "web_calls_internals",
  caller,
  callee,
  context,
  file: "",
  line: null,
  calls: null,
});

const ANSWER: BoundariesAnswer = {
  web: ["ShopWeb"],
  contexts: [
    { name: "Shop.Sales", modules: 2 },
    { name: "Shop.SalesTax", modules: 3 },
  ],
  edges: [{ from: "ShopWeb", to: "Shop.Sales", functions: 4 }],
  leaks: [
    leak("ShopWeb.Page.show/1", "Shop.Sales.Till.add/1", "Shop.Sales"),
    leak("ShopWeb.Page.show/1", "Shop.Repo.all/1", "Shop.Repo"),
  ],
  modules: 9,
  countedMs: 0,
  t: 0,
  kept: false,
  why: "",
};

describe("the map of contexts", () => {
  const map = contextMap(ANSWER, [
    { caller: "ShopWeb.Page.show/1", callee: "Shop.SalesTax.rate/0", count: 3, totalNs: 1, ownNs: 1 },
    { caller: "Shop.Sales.total/1", callee: "Shop.Sales.Till.add/1", count: 9, totalNs: 1, ownNs: 1 },
    { caller: null, callee: "Shop.Sales.total/1", count: 9, totalNs: 1, ownNs: 1 },
  ]);

  it("has the web, the contexts, and what leaks lead to beside them", () => {
    expect(map.nodes.map(({ label, note }) => [label, note])).toEqual([
      ["ShopWeb", "the web"],
      ["Shop.Sales", "2 modules · 1 leak"],
      ["Shop.SalesTax", "3 modules"],
      ["Shop.Repo", "shared · 1 leak"],
    ]);
  });

  it("draws leaks as failures, and recorded calls from part to part alone", () => {
    expect(drawnEdges(map.edges)).toEqual([
      { from: "ShopWeb", to: "Shop.Sales", label: "4 functions · 1 leak", tone: "failure" },
      { from: "ShopWeb", to: "Shop.Repo", label: "1 leak", tone: "failure" },
      { from: "ShopWeb", to: "Shop.SalesTax", label: "3 calls", tone: "plain" },
    ]);
  });
});
