import { describe, expect, it } from "vitest";
import { bytes, clockTime, count, duration, offset, percent, plural, shortCount } from "./format.ts";

// Narrow no-break spaces stand between number and unit; here they are written as plain ones.
const plain = (text: string): string => text.replaceAll("\u202f", " ");

describe("numbers as a person says them", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1 000"],
    [1_234_567, "1 234 567"],
  ])("count %d", (value, text) => {
    expect(plain(count(value))).toBe(text);
  });

  it.each([
    [950, "950"],
    [999.6, "1 k"],
    [4_200, "4.2 k"],
    [41_302, "41.3 k"],
    [1_600_000, "1.6 M"],
  ])("short count %d", (value, text) => {
    expect(plain(shortCount(value))).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [812, "812 B"],
    [1_000, "0.98 KB"],
    [2_662, "2.6 KB"],
    [14 * 1024 ** 2, "14 MB"],
    [3.5 * 1024 ** 4, "3.5 TB"],
  ])("bytes %d", (value, text) => {
    expect(plain(bytes(value))).toBe(text);
  });

  it.each([
    [830, "830 ns"],
    [12_000, "12 µs"],
    [1_800_000, "1.8 ms"],
    [999_700_000, "1 s"],
    [3.2e9, "3.2 s"],
    [250e9, "4 min 10 s"],
    [7_500e9, "2 h 5 min"],
    [60e9, "1 min"],
    [172_800e9, "2 d"],
  ])("duration %d", (ns, text) => {
    expect(plain(duration(ns))).toBe(text);
  });

  it.each([
    [0, "+0.000 s"],
    [-1.5e9, "−1.500 s"],
    [12_403e6, "+12.403 s"],
    [187_120e6, "+3:07.120"],
    [3_725_004e6, "+1:02:05.004"],
  ])("offset %d", (t, text) => {
    expect(plain(offset(t))).toBe(text);
  });

  it("percent and plural", () => {
    expect([0.01, 0.3, 1.84, 42.4].map(percent)).toEqual(["0", "0.3", "1.8", "42"]);
    expect(plural(1, "process", "processes")).toBe("1 process");
    expect(plural(0, "gap")).toBe("0 gaps");
  });

  it("shows microseconds of an instant, also where the text has fewer digits", () => {
    expect(clockTime("2026-01-02T03:04:05.123456Z")).toMatch(/^\d\d:\d\d:05\.123456$/);
    expect(clockTime("2026-01-02T03:04:05Z")).toMatch(/:05\.000000$/);
    expect(clockTime("soon")).toBe("soon");
  });
});
