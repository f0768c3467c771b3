import { describe, expect, it } from "vitest";
import { parseInstant, resolveInstant } from "./instant.ts";

const status = { t: 60e9, startedAt: "2030-01-31T12:00:00.000Z" };
const t = (text: string): number | undefined => {
  const instant = parseInstant(text);
  return instant && resolveInstant(instant, status);
};

describe("a moment", () => {
  it("counts from the start", () => {
    expect(t("10s")).toBe(10e9);
    expect(t("0")).toBe(0);
  });

  it("counts back from the end", () => {
    expect(t("-10s")).toBe(50e9);
  });

  it("can be a time of the clock", () => {
    expect(t("2030-01-31T12:00:01.5Z")).toBe(1.5e9);
    expect(t("2030-01-31 12:00:30Z")).toBe(30e9);
    // An event that is told at this microsecond happened within it.
    expect(t("2030-01-31T12:00:01.500250Z")).toBe(1_500_250_999);
  });

  it.each(["", "yesterday", "12", "12:00", "-", "2030-13-31T12:00"])("is not %j", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
