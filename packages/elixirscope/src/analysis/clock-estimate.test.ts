import { expect, it } from "vitest";
import { between, ClockEstimate, correction } from "./clock-estimate.ts";

const MS = 1_000_000n;
/** A look that took `there` and `back`, at a clock that is ahead by `ahead`. */
const look = (asked: bigint, there: bigint, back: bigint, ahead: bigint) => ({
  asked,
  answered: asked + there + back,
  read: asked + there + ahead,
});

it("knows nothing before the first look", () => {
  expect(new ClockEstimate().at(0n)).toBeUndefined();
});

it("is never further off than it says, however lopsided the ways were", () => {
  let seed = 7;
  const random = (below: number): bigint => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return BigInt(seed % below);
  };
  for (let round = 0; round < 200; round++) {
    const estimate = new ClockEstimate();
    const ahead = random(2_000_000_000) - 1_000_000_000n;
    let now = 0n;
    for (let i = 0; i < 30; i++) {
      const one = look(now, random(50_000_000), random(50_000_000), ahead);
      estimate.add(one);
      now = one.answered + random(1_000_000_000);
      const told = estimate.at(now)!;
      const off = told.ahead - ahead;
      expect(off < 0n ? -off : off).toBeLessThanOrEqual(told.error);
    }
  }
});

it("goes by the shortest way, until a younger one says more", () => {
  const estimate = new ClockEstimate();
  estimate.add(look(0n, 20n * MS, 0n, 5n * MS));
  expect(estimate.at(20n * MS)).toEqual({ ahead: 15n * MS, error: 10n * MS + 1n });
  estimate.add(look(100n * MS, 1n * MS, 1n * MS, 5n * MS));
  expect(estimate.at(102n * MS)).toEqual({ ahead: 5n * MS, error: 1n * MS + 1n });
  // A hundred seconds later it may be off by ten milliseconds more.
  expect(estimate.at(100_102n * MS)).toEqual({ ahead: 5n * MS, error: 11n * MS + 1n });
  estimate.add(look(100_100n * MS, 2n * MS, 2n * MS, 6n * MS));
  expect(estimate.at(100_104n * MS)).toEqual({ ahead: 6n * MS, error: 2n * MS + 1n });
});

it("forgets what does not fit any more: a clock that runs away", () => {
  const estimate = new ClockEstimate();
  estimate.add(look(0n, 1n, 1n, 0n));
  estimate.add(look(1_000n * MS, 1n * MS, 1n * MS, 10n * MS));
  expect(estimate.at(1_002n * MS)).toEqual({ ahead: 10n * MS, error: 1n * MS + 1n });
});

it("corrects what cannot be none, and nothing else", () => {
  const offset = between({ ahead: 30n, error: 4n }, { ahead: 10n, error: 5n });
  expect(offset).toEqual({ ahead: 20n, error: 9n });
  expect(correction(offset, 0n)).toBe(20n);
  expect(correction(offset, 11n)).toBe(0n);
  expect(correction(offset, 30n)).toBe(-10n);
  expect(correction({ ahead: 9n, error: 9n }, 0n)).toBe(0n);
});
