import { expect, test } from "vitest";
import { parseChoice, parseDuration, parseOptions, parseWhole } from "./args.mjs";

const usage = { exitCode: 2 };

test("durations", () => {
  expect(["500ms", "5s", "1.5m", "2h", " 5s "].map(parseDuration)).toEqual([
    500, 5_000, 90_000, 7_200_000, 5_000,
  ]);
  for (const wrong of ["5", "0s", "-1s", "5 s", "1e3s", "", "5sec"]) {
    expect(() => parseDuration(wrong)).toThrow(expect.objectContaining(usage));
  }
});

test("whole numbers within bounds", () => {
  expect(parseWhole("0", "--port", 0, 65_535)).toBe(0);
  for (const wrong of ["65536", "-1", "1.5", "x", ""]) {
    expect(() => parseWhole(wrong, "--port", 0, 65_535)).toThrow(
      /--port must be a whole number from 0 to 65535/,
    );
  }
});

test("a choice keeps the order of what is known", () => {
  const known = ["check", "unit", "node"];
  expect(parseChoice(undefined, "--only", known)).toEqual(known);
  expect(parseChoice("node, check", "--only", known)).toEqual(["check", "node"]);
  expect(() => parseChoice("nodes", "--only", known)).toThrow(/does not know "nodes".*check, unit, node/);
  expect(() => parseChoice("", "--only", known)).toThrow(expect.objectContaining(usage));
});

test("unknown options are told with the usage, help is the usage", () => {
  const options = { for: { type: "string" } };
  expect(parseOptions(["--for", "5s"], options, "USAGE")).toEqual({ for: "5s" });
  expect(() => parseOptions(["--fro", "5s"], options, "USAGE")).toThrow(/--fro[\s\S]*USAGE/);
  expect(() => parseOptions(["--help"], options, "USAGE")).toThrow(expect.objectContaining({ exitCode: 0 }));
});
