import type { TreeNode } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { flattenTree, type TreeView } from "./tree-rows.ts";

const node = (label: string, children: readonly TreeNode[] = [], alive = true): TreeNode => ({
  key: label,
  type: children.length > 0 ? "supervisor" : "worker",
  childId: null,
  label,
  process: { handle: label, pid: `#PID<0.${label.length}.0>`, label, name: null },
  strategy: "",
  alive,
  restarts: 0,
  childState: null,
  childSpec: null,
  answers: null,
  restartLimit: null,
  children,
});

const app = (name: string): TreeNode => ({
  ...node(name, [node(`${name}_sup`)]),
  type: "application",
  key: `app:${name}`,
});

const everything: TreeView = { toggled: new Map(), search: "", liveness: "all" };
const tree = [node("top", [node("pool", [node("w1"), node("w2", [], false)]), node("counter")])];

const drawn = (view: Partial<TreeView>, roots: readonly TreeNode[] = tree): string[] =>
  flattenTree(roots, { ...everything, ...view }).map(
    (row) => `${"  ".repeat(row.level - 1)}${row.node.label}`,
  );

describe("flattenTree", () => {
  it("draws what is open, in order", () => {
    expect(drawn({})).toEqual(["top", "  pool", "    w1", "    w2", "  counter"]);
  });

  it("hides what is closed but counts it", () => {
    const rows = flattenTree(tree, { ...everything, toggled: new Map([["pool", false]]) });
    expect(rows.map((row) => row.node.label)).toEqual(["top", "pool", "counter"]);
    expect(rows.map((row) => row.descendants)).toEqual([4, 2, 0]);
  });

  it("tells a screen reader where a line stands", () => {
    const row = flattenTree(tree, everything).find((entry) => entry.node.label === "w2");
    expect(row).toMatchObject({ level: 3, position: 2, siblings: 2, parent: "pool", expandable: false });
  });

  it("leads a search to its hits, and shows what is below a hit", () => {
    expect(drawn({ search: "w1" })).toEqual(["top", "  pool", "    w1"]);
    expect(drawn({ search: "pool" })).toEqual(["top", "  pool", "    w1", "    w2"]);
  });

  it("keeps the parents of the dead", () => {
    expect(drawn({ liveness: "alive" })).toEqual(["top", "  pool", "    w1", "  counter"]);
    expect(drawn({ liveness: "dead" })).toEqual(["top", "  pool", "    w2"]);
  });

  it("puts the runtime below what is being worked on, and closed", () => {
    expect(drawn({}, [app("kernel"), app("shop")])).toEqual(["shop", "  shop_sup", "kernel"]);
  });

  it("starts a crowd closed", () => {
    const crowd = node(
      "crowd",
      Array.from({ length: 51 }, (_, index) => node(`c${index}`)),
    );
    expect(drawn({}, [crowd])).toEqual(["crowd"]);
    expect(drawn({ toggled: new Map([["crowd", true]]) }, [crowd])).toHaveLength(52);
  });
});
