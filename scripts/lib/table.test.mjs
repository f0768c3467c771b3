import { expect, test } from "vitest";
import { cpuSlug } from "./machine.mjs";
import { figure, table } from "./table.mjs";

test("figures", () => {
  expect([0, 12, 1_234_567.8, 1234, 0.123456, 85.25, 999_999].map(figure)).toEqual([
    "0",
    "12",
    "1 234 568",
    "1 234",
    "0.123",
    "85.3",
    "999 999",
  ]);
  expect([figure("x"), figure(undefined), figure(null), figure(true)]).toEqual(["x", "", "", "true"]);
});

test("a table: text to the left, numbers to the right, a column that some rows lack", () => {
  expect(
    table([
      { name: "decode", perSecond: 14_000_000 },
      { name: "x", perSecond: 5, note: "slow" },
    ]),
  ).toBe(
    [
      "name     perSecond  note",
      "──────  ──────────  ────",
      "decode  14 000 000",
      "x                5  slow",
    ].join("\n"),
  );
});

test("names of processors in file names", () => {
  expect(cpuSlug("Intel(R) Xeon(R) CPU @ 2.20GHz")).toBe("intel-xeon");
  expect(cpuSlug("AMD EPYC 7B13")).toBe("amd-epyc-7b13");
  expect(cpuSlug("")).toBe("cpu");
});
