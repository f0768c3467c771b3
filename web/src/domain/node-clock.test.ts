import { expect, it } from "vitest";
import { clockWords } from "./node-clock.ts";

const clock = { aheadNs: -3_200_000, errorNs: 400_000, correctedNs: 0, isTimeline: false };

it("says where a clock stands, how sure that is, and whether it was put right", () => {
  expect(clockWords(null)).toBe("");
  expect(clockWords({ ...clock, isTimeline: true })).toBe("the timeline's clock");
  expect(clockWords(clock)).toBe("3.2\u202fms behind ± 400\u202fµs");
  const ahead = { ...clock, aheadNs: 3_000_000, correctedNs: 3_000_000 };
  expect(clockWords(ahead)).toBe("3\u202fms ahead ± 400\u202fµs, put right");
});
