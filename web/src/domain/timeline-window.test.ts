import fc from "fast-check";
import { expect, it } from "vitest";
import { askedStretch, lanesOf, lengthOf, panned, type Stretch, zoomed } from "./timeline-window.ts";

const LIMITS: Stretch = { from: 0, to: 1e12 };
const stretch = fc
  .tuple(fc.integer({ min: 0, max: 9e11 }), fc.integer({ min: 1_000, max: 1e11 }))
  .map(([from, length]) => ({ from, to: from + length }));

it("asks for what holds the view, and stays the same while one looks about", () => {
  fc.assert(
    fc.property(stretch, (view) => {
      const asked = askedStretch(view);
      expect(asked.from).toBeLessThanOrEqual(view.from);
      expect(asked.to).toBeGreaterThanOrEqual(view.to);
      expect(lengthOf(asked)).toBeLessThanOrEqual(lengthOf(view) * 4 + 1);
    }),
  );
  const view = { from: 1_000_000, to: 2_000_000 };
  const steps = Array.from({ length: 100 }, (_, i) => askedStretch(panned(view, i / 100, LIMITS)).from);
  expect(new Set(steps).size).toBeLessThanOrEqual(3);
});

it("zooms around an instant, which stays where it is", () => {
  fc.assert(
    fc.property(stretch, fc.double({ min: 0, max: 1, noNaN: true }), (view, share) => {
      const at = view.from + lengthOf(view) * share;
      const near = zoomed(view, 0.5, at, LIMITS);
      expect(lengthOf(near)).toBeLessThanOrEqual(Math.max(1_001, lengthOf(view) * 0.5 + 1));
      if (lengthOf(view) > 10_000) expect((at - near.from) / lengthOf(near)).toBeCloseTo(share, 2);
    }),
  );
});

it("never leaves what was recorded out of sight", () => {
  const end = panned({ from: 0, to: 1e9 }, 1e6, LIMITS);
  expect(end).toEqual({ from: 1e12 - 5e8, to: 1e12 + 5e8 });
  expect(lengthOf(zoomed(end, 1e9, 0, LIMITS))).toBeCloseTo(1.1e12, -3);
});

it("puts what overlaps side by side, in as few lanes as it takes", () => {
  const lanes = lanesOf([
    { from: 0, to: 10 },
    { from: 2, to: 5 },
    { from: 5, to: 8 },
    { from: 6, to: 7 },
    { from: 10, to: 12 },
  ]);
  expect(lanes).toEqual([0, 1, 1, 2, 0]);
});
