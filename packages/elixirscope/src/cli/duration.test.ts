import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSeconds, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5s", 1_500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    [" 3s ", 3_000],
    ["596h", 2_145_600_000],
  ])("takes %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "10", "s", "0s", "-1s", "1d", "10 s", "1e3s", "ten s", "0.1ms", "597h", "1s2s", "Infinitys"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("is never zero, negative or beyond what a timer can wait", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}(ms|s|m|h)$/)), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (Number.isInteger(ms) && ms > 0 && ms < 2 ** 31)).toBe(true);
      }),
    );
  });
});

it.each([
  [0.04, "0.0 s"],
  [8.23, "8.2 s"],
  [59, "59 s"],
  [200, "3 m 20 s"],
  [7_500, "2 h 5 m"],
])("formatSeconds(%d) is %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
