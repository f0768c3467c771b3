import { expect, it } from "vitest";
import { whenOf } from "./ask-when.ts";
import { Clock } from "./clock.ts";

const clock = new Clock(BigInt(Date.parse("2026-03-01T14:00:00Z")) * 1_000_000n);
const context = { facts: { from: 0, to: 600e9 }, clock, zoneMinutes: 0 };

it("takes a time of day as that of the day of the record, in the zone of who asks", () => {
  const at = { type: "clock", from: 14 * 3600 + 180, to: null } as const;
  expect(whenOf(at, context)).toEqual({ from: 180e9, to: Number.POSITIVE_INFINITY });
  const inBerlin = { type: "clock", from: null, to: 15 * 3600 + 60 } as const;
  expect(whenOf(inBerlin, { ...context, zoneMinutes: 60 })).toEqual({
    from: Number.NEGATIVE_INFINITY,
    to: 60e9,
  });
});

it("counts the last seconds from the end of the record", () => {
  expect(whenOf({ type: "last", seconds: 30 }, context).from).toBe(570e9);
  expect(whenOf(null, context).from).toBe(Number.NEGATIVE_INFINITY);
});
