import { expect, it } from "vitest";
import { ofNode } from "./of-node.ts";

it("asks of the node that is looked at, unless a process or the like is named, or the question takes none", () => {
  expect(ofNode("requests", { limit: 5 }, "shop")).toEqual({ limit: 5, node: "shop" });
  expect(ofNode("requests", { limit: 5 }, undefined)).toEqual({ limit: 5 });
  expect(ofNode("events", { process: "p-1" }, "shop")).toEqual({ process: "p-1" });
  expect(ofNode("events", { process: undefined }, "shop")).toEqual({ process: undefined, node: "shop" });
  expect(ofNode("rates", { node: "cart" }, "shop")).toEqual({ node: "cart" });
  expect(ofNode("status", {}, "shop")).toEqual({});
});
