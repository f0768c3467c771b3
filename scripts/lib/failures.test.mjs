import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureReport, failuresOfEUnit, failuresOfExUnit, failuresOfVitest, tail } from "./failures.mjs";
import { ROOT } from "./run.mjs";

test("ExUnit: each failure with what is indented below it", () => {
  const output = `.....

  1) test jobs run to their end (HelloTest)
     test/hello_test.exs:119
     Assertion failed, no matching message after 100ms

     code: assert_receive {:trace, ^jobs}
.

  2) \x1b[31mtest an order is paid\x1b[0m (HelloTest)
     test/hello_test.exs:89
...
Finished in 5.0 seconds

15 tests, 2 failures
`;
  expect(failuresOfExUnit(output)).toEqual([
    `  1) test jobs run to their end (HelloTest)
     test/hello_test.exs:119
     Assertion failed, no matching message after 100ms

     code: assert_receive {:trace, ^jobs}`,
    "  2) test an order is paid (HelloTest)\n     test/hello_test.exs:89",
  ]);
});

test("EUnit: tests that failed or ran out of time, and setups", () => {
  const output = `cleanup_tests: -under_load_test_/0-fun-4-...*failed*
in function cleanup_tests:f/0 (cleanup_tests.erl, line 78)
**error:{assertEqual,[{line,78}]}
  output:<<"">>

state_tests: large_test...*timed out*
undefined
=======================================================
  Failed: 2.  Skipped: 0.  Passed: 94.
*** context setup failed ***
**error:undef

`;
  expect(failuresOfEUnit(output)).toEqual([
    `cleanup_tests: -under_load_test_/0-fun-4-...*failed*
in function cleanup_tests:f/0 (cleanup_tests.erl, line 78)
**error:{assertEqual,[{line,78}]}
  output:<<"">>`,
    "state_tests: large_test...*timed out*\nundefined",
    "*** context setup failed ***\n**error:undef",
  ]);
});

describe("Vitest", () => {
  test("file, names and errors of each failed test", () => {
    const assertionResults = [
      { status: "passed", ancestorTitles: [], title: "fine", failureMessages: [] },
      { status: "failed", ancestorTitles: ["a", "b"], title: "c", failureMessages: ["Error: no\n  at x"] },
    ];
    const testResults = [{ name: join(ROOT, "test/node/x.test.ts"), status: "failed", assertionResults }];
    expect(failuresOfVitest(JSON.stringify({ testResults }))).toEqual([
      "test/node/x.test.ts > a > b > c\nError: no\n  at x",
    ]);
  });

  test("a file that did not load", () => {
    const testResults = [
      { name: "y.test.ts", status: "failed", message: "SyntaxError", assertionResults: [] },
    ];
    expect(failuresOfVitest(JSON.stringify({ testResults }))).toEqual(["y.test.ts\nSyntaxError"]);
  });

  test("no report", () => expect(failuresOfVitest("")).toEqual([]));
});

test("the end of an output", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  expect(tail(`${lines.join("\n")}\n\n`)).toBe(lines.slice(60).join("\n"));
});

describe("the report", () => {
  test("says nothing where nothing failed", () => {
    expect(failureReport([{ name: "unit", failures: [] }])).toEqual([]);
  });

  test("names the stage with each", () => {
    expect(failureReport([{ name: "example", failures: ["  1) test a (T)\n     why"] }])).toEqual([
      "What failed:",
      "",
      "✗ example: 1) test a (T)",
      "         why",
      "",
    ]);
  });

  test("is bounded: lines, their length, and how many failures", () => {
    const long = ["name", ...Array.from({ length: 60 }, () => "x".repeat(1000))].join("\n");
    const lines = failureReport([{ name: "node", failures: Array.from({ length: 30 }, () => long) }]);
    expect(lines.at(-2)).toBe("… and 5 more");
    expect(lines).toContain("    … 21 more lines");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(410);
  });
});
