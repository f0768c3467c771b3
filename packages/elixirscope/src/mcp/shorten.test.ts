import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, shorten } from "./shorten.ts";

const rows = (count: number, text = "x"): unknown => ({
  rows: Array.from({ length: count }, (_, id) => ({ id, text })),
  complete: true,
});

/** Keys as answers have them. */
const ANSWERS = fc.object({
  maxDepth: 4,
  key: fc.stringMatching(/^[a-z]{1,8}$/),
  values: [fc.string({ maxLength: 300 }), fc.integer(), fc.boolean(), fc.constant(null)],
});

describe("a long answer", () => {
  it("stays as it is while it is short", () => {
    expect(shorten(rows(3), 1_000)).toEqual({ value: rows(3), cuts: [] });
  });

  it("loses the ends of its lists and texts, and says where and how much", () => {
    const { value, cuts } = shorten(rows(500, "y".repeat(5_000)), 4_000);
    expect(JSON.stringify(value).length).toBeLessThanOrEqual(4_000);
    const [list, first] = cuts;
    expect(list).toMatchObject({ path: "rows", of: 500 });
    expect((at(value, "rows") as readonly unknown[]).length).toBe(list!.shown);
    expect(first).toMatchObject({ path: "rows.0.text", of: 5_000 });
    expect(at(value, "complete")).toBe(true);
  });

  it("never says less than it is: what is not told as cut is whole", () => {
    fc.assert(
      fc.property(ANSWERS, fc.integer({ min: 10, max: 2_000 }), (answer, budget) => {
        const { value, cuts } = shorten(answer, budget);
        if (cuts.length === 0) expect(value).toEqual(answer);
        for (const { path, shown, of } of cuts) {
          const whole = at(answer, path) as string | readonly unknown[];
          expect(whole.length).toBe(of);
          expect(shown).toBeLessThan(of);
          const left = at(value, path) as typeof whole;
          if (typeof left === "string") expect(left.startsWith(whole.slice(0, shown) as string)).toBe(true);
          else expect(left).toHaveLength(shown);
        }
      }),
    );
  });
});

describe("a place in an answer", () => {
  it("is found by keys and numbers, and only by its own", () => {
    expect(at(rows(2), "rows.1.id")).toBe(1);
    expect(at(rows(2), "")).toEqual(rows(2));
    for (const path of ["rows.2", "nothing", "rows.constructor", "complete.x", "__proto__"])
      expect(at(rows(2), path)).toBeUndefined();
  });
});
