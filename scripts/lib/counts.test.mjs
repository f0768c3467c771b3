import { describe, expect, test } from "vitest";
import { add, closingLine, fromEUnit, fromExUnit, fromVitest, NONE, settle } from "./counts.mjs";

const counts = (passed, failed, skipped) => ({ passed, failed, skipped });

describe("ExUnit", () => {
  test.each([
    ["15 tests, 0 failures", counts(15, 0, 0)],
    ["1 test, 1 failure", counts(0, 1, 0)],
    ["3 tests, 1 failure, 1 skipped", counts(1, 1, 1)],
    ["2 doctests, 3 properties, 10 tests, 2 failures, 1 excluded, 1 skipped", counts(11, 2, 1)],
    ["5 tests, 0 failures, 5 invalid", counts(0, 5, 0)],
    ["Result: 15 passed", counts(15, 0, 0)],
    ["Result: 1/2 passed, 1 skipped\nFailed: 1 test", counts(1, 1, 1)],
    ["\x1b[32m15 tests, 0 failures\x1b[0m", counts(15, 0, 0)],
  ])("%s", (line, expected) => {
    expect(fromExUnit(`..\nFinished in 1.0 seconds\n\n${line}\n\nRandomized with seed 1\n`)).toEqual(
      expected,
    );
  });

  test("no summary is not zero tests", () => {
    expect(fromExUnit("** (Mix) could not compile\n")).toBeUndefined();
  });
});

describe("EUnit", () => {
  test.each([
    ["  All 12 tests passed.\n", counts(12, 0, 0)],
    ["  Test passed.\n", counts(1, 0, 0)],
    ["  Failed: 1.  Skipped: 2.  Passed: 11.\n", counts(11, 1, 2)],
    ["  All 2 tests passed.\nmore\n  Failed: 1.  Skipped: 0.  Passed: 4.\n", counts(6, 1, 0)],
  ])("%j", (output, expected) => expect(fromEUnit(output)).toEqual(expected));

  test("no summary is not zero tests", () => expect(fromEUnit("crashed\n")).toBeUndefined());
});

const report = (more) =>
  JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, ...more });

describe("Vitest", () => {
  test("adds skipped and todo", () => {
    const json = report({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 2, testResults: [] });
    expect(fromVitest(json)).toEqual(counts(3, 0, 3));
  });

  test("a file that did not load is a failure", () => {
    const testResults = [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "failed" }] },
      { status: "passed", assertionResults: [{ status: "passed" }] },
    ];
    const json = report({ numPassedTests: 1, numFailedTests: 1, testResults });
    expect(fromVitest(json)).toEqual(counts(1, 2, 0));
  });

  test("no report is not zero tests", () => expect(fromVitest("")).toBeUndefined());
});

describe("a stage", () => {
  test("that failed never counts as 0 failed", () => {
    expect(settle(counts(3, 0, 0), 1)).toEqual(counts(3, 1, 0));
    expect(settle(counts(3, 2, 0), 1)).toEqual(counts(3, 2, 0));
  });

  test("that ran nothing did not pass", () => {
    expect(settle(undefined, 0)).toEqual(counts(0, 1, 0));
    expect(settle(counts(0, 0, 4), 0)).toEqual(counts(0, 1, 4));
  });

  test("that passed, passed", () => expect(settle(counts(3, 0, 1), 0)).toEqual(counts(3, 0, 1)));
});

test("the closing line", () => {
  expect(closingLine(add(counts(1, 0, 0), counts(2, 1, 0)))).toBe("3 passed, 1 failed");
  expect(closingLine(add(counts(1, 0, 2), NONE))).toBe("1 passed, 0 failed, 2 skipped");
});
