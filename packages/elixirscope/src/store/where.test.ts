import * as fc from "fast-check";
import { expect, it } from "vitest";
import { closeTogether } from "./where.ts";

/** As DuckDB reads it. */
function holds(condition: string, value: number): boolean {
  const [, from, to, list] = /^id BETWEEN (-?\d+) AND (-?\d+)(?: AND id IN \((.*)\))?$/.exec(condition)!;
  const within = value >= Number(from) && value <= Number(to);
  return within && (list === undefined || list.split(", ").map(Number).includes(value));
}

it("finds each value once, and nothing else", () => {
  const values = fc.array(fc.integer({ min: -40, max: 400 }), { maxLength: 200 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (some, gap) => {
      const conditions = closeTogether("id", some, gap);
      expect(conditions.length).toBeLessThanOrEqual(64);
      for (let value = -41; value <= 401; value++) {
        const found = conditions.filter((condition) => holds(condition, value)).length;
        expect(found).toBe(some.includes(value) ? 1 : 0);
      }
    }),
  );
});

it("does not look between values that are far apart", () => {
  expect(closeTogether("id", [5, 1_000_000, 6, 8, 1_000_001], 100)).toEqual([
    "id BETWEEN 5 AND 8 AND id IN (5, 6, 8)",
    "id BETWEEN 1000000 AND 1000001",
  ]);
  expect(closeTogether("id", [], 100)).toEqual([]);
});
