import * as fc from "fast-check";
import { expect, it } from "vitest";
import { evenBuckets } from "./even-buckets.ts";

const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

it("covers what was asked for, with no more buckets, and begins and ends little beyond it", () => {
  fc.assert(
    fc.property(
      time,
      fc.bigInt({ min: 1n, max: 2n ** 60n }),
      fc.integer({ min: 1, max: 2_000 }),
      (from, span, buckets) => {
        const to = from + span;
        const even = evenBuckets({ from, to, buckets });
        const width = (even.to - even.from) / BigInt(even.buckets);
        expect(even.buckets).toBeGreaterThan(0);
        expect(even.buckets).toBeLessThanOrEqual(buckets);
        expect(width * BigInt(even.buckets)).toBe(even.to - even.from);
        expect(even.from <= from && even.to >= to).toBe(true);
        // The last bucket holds the end.
        expect(even.to - to < width).toBe(true);
        expect(from - even.from).toBeLessThanOrEqual(width / 8n);
      },
    ),
  );
});

it("makes buckets of which the parts are counted already", () => {
  const { from, to, buckets } = evenBuckets({ from: 1_000_003n, to: 121_000_003n, buckets: 120 });
  const step = 2n ** 15n;
  expect([from % step, ((to - from) / BigInt(buckets)) % step]).toEqual([0n, 0n]);
});
