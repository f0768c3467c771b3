import picocolors from "picocolors";
import { expect, it } from "vitest";
import type { FlameAnswer, FlameRow } from "../protocol/index.ts";
import { foldedStacks } from "../protocol/index.ts";
import { flameLines } from "./flame-text.ts";

const row = (name: string, ownNs: number, ...children: readonly FlameRow[]): FlameRow => ({
  name,
  count: 2,
  ownNs,
  totalNs: children.reduce((sum, one) => sum + one.totalNs, ownNs),
  children,
});
const small = Array.from({ length: 3 }, (_, i) => row(`Small.f${i}/0`, 100));
const root = row("MyApp.Cart", 0, row("Cart.add;x/2", 600_000, row("Cart.sum/1", 300_000), ...small));
const answer: FlameAnswer = {
  name: "all processes",
  totalNs: root.totalNs,
  roots: [root],
  unfinished: 0,
  scanned: 10,
  complete: true,
};

it("prints a flame graph as a list, what is small in one line", () => {
  expect(flameLines(answer, 80, picocolors.createColors(false))).toEqual([
    "SHARE     TOTAL       OWN",
    "100.0%    900 µs      0 ns  MyApp.Cart  ×2",
    "100.0%    900 µs    600 µs    Cart.add;x/2  ×2",
    " 33.3%    300 µs    300 µs      Cart.sum/1  ×2",
    "  0.0%    300 ns                (3 others)",
  ]);
});

it("folds stacks, with names that hold none of what separates them", () => {
  expect(foldedStacks(answer).split("\n").slice(0, 2)).toEqual([
    "MyApp.Cart;Cart.add,x/2 600000",
    "MyApp.Cart;Cart.add,x/2;Cart.sum/1 300000",
  ]);
});
