import { expect, it } from "vitest";
import { clip, counted, formatBytes, formatCount, formatNs, printable } from "./format.ts";

it("counts with its noun", () => {
  expect(counted(0, "event")).toBe("0 events");
  expect(counted(1, "event")).toBe("1 event");
  expect(counted(1234, "process", "processes")).toBe("1,234 processes");
  expect(formatCount(1_234_567)).toBe("1,234,567");
});

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KB"],
  [1536, "1.5 KB"],
  [12 * 1024 * 1024, "12 MB"],
  [5 * 1024 ** 4, "5.0 TB"],
  [5 * 1024 ** 5, "5120 TB"],
])("formatBytes(%d) is %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it("clips to the width", () => {
  expect(clip("abc", 3)).toBe("abc");
  expect(clip("abcd", 3)).toBe("ab…");
  expect(clip("abcd", 1)).toBe("…");
  expect(clip("abcd", 0)).toBe("");
});

it("shows what a terminal would obey", () => {
  expect(printable("a\u001b[31mb\nc\u009b")).toBe("a\\x1b[31mb\\x0ac\\x9b");
  expect(printable("grün ✔")).toBe("grün ✔");
});

it.each([
  [0, "0 ns"],
  [830, "830 ns"],
  [1_000, "1 µs"],
  [12_340, "12.3 µs"],
  [999_499, "999 µs"],
  [1_800_000, "1.8 ms"],
  [120_000_000, "120 ms"],
  [3_200_000_000, "3.2 s"],
  [100e9, "100 s"],
])("%d nanoseconds are %s", (ns, text) => {
  expect(formatNs(ns)).toBe(text);
});
