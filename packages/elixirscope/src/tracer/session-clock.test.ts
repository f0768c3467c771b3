import { expect, it } from "vitest";
import { SessionClock } from "./session-clock.ts";

/** A clock that hands out what batches at these instants of the node come to. */
function clock(): {
  readonly of: SessionClock;
  readonly take: (...raw: readonly number[]) => readonly number[];
} {
  let offset = 0n;
  const of = new SessionClock(0n, (now) => {
    offset = now;
  });
  const take = (...raw: readonly number[]): readonly number[] => {
    const ts = BigInt64Array.from(raw, (at) => BigInt(at) + offset);
    of.take({ ts, count: ts.length });
    return [...ts].map(Number);
  };
  return { of, take };
}

it("leaves everything as it is where nothing is to be done", () => {
  const { of, take } = clock();
  expect(take(1, 2)).toEqual([1, 2]);
  expect(of.timeOffset).toBe(0n);
});

it("goes forward at once, with rows in use only", () => {
  const { of } = clock();
  of.setAhead(-10n);
  const ts = BigInt64Array.from([5n, 4n, 99n]);
  of.take({ ts, count: 2 });
  expect(ts).toEqual(BigInt64Array.from([15n, 14n, 99n]));
  expect(of.timeOffset).toBe(10n);
  const { of: other, take } = clock();
  other.setAhead(-10n);
  expect([take(1), take(2)]).toEqual([[11], [12]]);
});

it("goes back as far as there is room behind what was there, and no event passes an older one", () => {
  const { of, take } = clock();
  of.setAhead(100n);
  // Close together, then quiet, then close together.
  const raw = [[1000, 1004], [1010, 1012], [1012, 1015], [1075], [1300, 1310]];
  const given = raw.flatMap((instants) => take(...instants));
  expect(given).toEqual(given.toSorted((a, b) => a - b));
  expect(of.timeOffset).toBe(-100n);
  expect(given.at(-1)).toBe(1210);
});

it("moves nothing back while batches overlap", () => {
  const { of, take } = clock();
  of.setAhead(5n);
  expect(take(10, 20)).toEqual([10, 20]);
  expect(take(18, 25)).toEqual([18, 25]);
  expect(take(28)).toEqual([25]);
  expect(take(30)).toEqual([25]);
  expect(of.timeOffset).toBe(-5n);
});
