import { expect, it } from "vitest";
import { isSampled, pidHash } from "./pid-sample.ts";

// As `erlang:phash2(list_to_pid("<0.N.0>"), 16#100000000)` answers on OTP 25, 27 and 29.
it.each([
  [1, 2_870_503_209],
  [84, 144_466_296],
  [5_000, 4_167_333_974],
  [30_000, 200_100_558],
  [32_767, 3_447_426_037],
])("hashes the pid <0.%i.0> as the emulator does", (id, hash) => {
  expect(pidHash(id)).toBe(hash);
  expect([isSampled(id, hash % 10_000), isSampled(id, (hash % 10_000) + 1)]).toEqual([false, true]);
});

it("takes about the share that was asked for", () => {
  const sampled = Array.from({ length: 10_000 }, (_, id) => isSampled(id, 2_500)).filter(Boolean);
  expect(sampled.length).toBeGreaterThan(2_300);
  expect(sampled.length).toBeLessThan(2_700);
});
