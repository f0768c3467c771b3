import * as fc from "fast-check";
import { expect, it } from "vitest";
import { groupSampleSteps, type Sample } from "./sample-groups.ts";
import { finish } from "./steps.ts";

const samples: fc.Arbitrary<readonly Sample[]> = fc.array(
  fc.record({
    key: fc.tuple(fc.constantFrom("a", "b", "c")),
    ts: fc.bigInt({ min: -100n, max: 100n }),
    value: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 40 },
);

it("groups and stretches of time hold what a plain look at all samples finds", () => {
  fc.assert(
    fc.property(
      samples,
      fc.bigInt({ min: 1n, max: 60n }),
      fc.bigInt({ min: -50n, max: 50n }),
      (all, ns, origin) => {
        const groups = finish(groupSampleSteps(all, { origin, ns }));
        expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        for (const { key, count, sum, least, most, percentiles, series } of groups) {
          const own = all.filter((one) => one.key[0] === key[0]);
          const values = own.map(({ value }) => value);
          expect([count, sum, least, most]).toEqual([
            own.length,
            values.reduce((a, b) => a + b, 0),
            Math.min(...values),
            Math.max(...values),
          ]);
          const below = (limit: number): number => values.filter((value) => value <= limit).length;
          for (const [i, share] of [50, 95, 99].entries()) {
            expect(below(percentiles[i]!) * 100).toBeGreaterThanOrEqual(share * own.length);
            expect(below(percentiles[i]! - 1) * 100).toBeLessThan(share * own.length);
          }
          for (const { bucket, count: inside } of series) {
            const from = origin + BigInt(bucket) * ns;
            expect(inside).toBe(own.filter(({ ts }) => ts >= from && ts < from + ns).length);
          }
          expect(series.reduce((total, one) => total + one.count, 0)).toBe(count);
        }
        const sums = groups.map(({ sum }) => sum);
        expect(sums).toEqual(sums.toSorted((a, b) => b - a));
      },
    ),
    { numRuns: 200, endOnFailure: true },
  );
});
