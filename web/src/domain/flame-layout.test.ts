import type { FlameRow } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { flameLayout, flameLines, nextFrame } from "./flame-layout.ts";

const row = (name: string, totalNs: number, children: readonly FlameRow[] = []): FlameRow => ({
  name,
  count: 1,
  totalNs,
  ownNs: totalNs - children.reduce((sum, child) => sum + child.totalNs, 0),
  children,
});

const ROOTS = [row("b", 25, [row("c", 10)]), row("a", 75, [row("c", 30), row("d", 45, [row("e", 9)])])];
const at = (stack: readonly string[]): readonly string[] =>
  flameLayout(ROOTS, stack).frames.map(
    ({ stack: names, left, width }) => `${names.join("/")} ${left.toFixed(2)}+${width.toFixed(2)}`,
  );

describe("a flame graph", () => {
  it("has the widest first, each within what called it", () => {
    expect(at([])).toEqual([
      "a 0.00+0.75",
      "a/d 0.00+0.45",
      "a/d/e 0.00+0.09",
      "a/c 0.45+0.30",
      "b 0.75+0.25",
      "b/c 0.75+0.10",
    ]);
  });

  it("shows one frame as wide as it goes, below what is around it", () => {
    expect(at(["a", "d"])).toEqual(["a 0.00+1.00", "a/d 0.00+1.00", "a/d/e 0.00+0.20"]);
    expect(flameLayout(ROOTS, ["a", "d"]).totalNs).toBe(45);
    expect(at(["a", "gone"])[0]).toBe("a 0.00+1.00");
  });

  it("is gone through by arrows", () => {
    const layout = flameLayout(ROOTS, []);
    const to = (from: readonly string[], key: string): string | undefined =>
      nextFrame(layout, JSON.stringify(from), key)?.stack.join("/");
    expect(to(["a"], "ArrowDown")).toBe("a/d");
    expect(to(["a", "d"], "ArrowRight")).toBe("a/c");
    expect(to(["a", "c"], "ArrowRight")).toBe("b/c");
    expect(to(["b", "c"], "ArrowUp")).toBe("b");
    expect(to(["a"], "ArrowLeft")).toBeUndefined();
    expect(nextFrame(layout, undefined, "ArrowDown")?.stack).toEqual(["a"]);
  });

  it("is told in lines, each below what called it", () => {
    expect(flameLines(flameLayout(ROOTS, [])).map(({ stack }) => stack.join("/"))).toEqual([
      "a",
      "a/d",
      "a/d/e",
      "a/c",
      "b",
      "b/c",
    ]);
  });

  it("leaves out what nobody could see", () => {
    expect(flameLayout([row("a", 1e6, [row("b", 1)])], []).frames).toHaveLength(1);
  });
});
