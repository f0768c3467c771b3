// How many test cases passed, failed and were skipped: read from what the runners print.
import { stripVTControlCharacters } from "node:util";

export const NONE = { passed: 0, failed: 0, skipped: 0 };

export function add(...all) {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    NONE,
  );
}

/** The last line of `npm test`. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const number = (match, index) => Number(match?.[index] ?? 0);

/**
 * ExUnit's summary, the last one in `output`: up to Elixir 1.19 `15 tests, 1 failure, 1 skipped` (with
 * `2 doctests, ` and more in front), from 1.20 on `Result: 13/14 passed, 1 skipped`.
 */
export function fromExUnit(output) {
  const text = stripVTControlCharacters(output);
  const result = [...text.matchAll(/^Result: (\d+)(?:\/(\d+))? passed(.*)$/gm)].at(-1);
  if (result) {
    const passed = number(result, 1);
    const skipped = number(/(\d+) skipped/.exec(result[3]), 1);
    return { passed, failed: result[2] === undefined ? 0 : number(result, 2) - passed, skipped };
  }
  const line = [...text.matchAll(/^((?:\d+ [a-z]+, )+)(\d+) failures?(.*)$/gm)].at(-1);
  if (!line) return undefined;
  const total = [...line[1].matchAll(/(\d+) /g)].reduce((sum, match) => sum + Number(match[1]), 0);
  const failed = number(line, 2) + number(/(\d+) invalid/.exec(line[3]), 1);
  const skipped = number(/(\d+) skipped/.exec(line[3]), 1);
  const excluded = number(/(\d+) excluded/.exec(line[3]), 1);
  return { passed: total - failed - skipped - excluded, failed, skipped };
}

/** EUnit's summaries, added up: `All 12 tests passed.`, `Test passed.`, or `Failed: 1.  Skipped: 0.  Passed: 11.` */
export function fromEUnit(output) {
  const found = [];
  for (const line of stripVTControlCharacters(output).split("\n")) {
    const all = /^\s*All (\d+) tests passed\./.exec(line);
    const some = /^\s*Failed: (\d+)\.\s+Skipped: (\d+)\.\s+Passed: (\d+)\./.exec(line);
    if (all) found.push({ passed: number(all, 1), failed: 0, skipped: 0 });
    else if (/^\s*Test passed\./.test(line)) found.push({ passed: 1, failed: 0, skipped: 0 });
    else if (some) found.push({ passed: number(some, 3), failed: number(some, 1), skipped: number(some, 2) });
  }
  return found.length > 0 ? add(...found) : undefined;
}

/** Vitest's JSON report. A file that could not even be loaded is a failure of its own. */
export function fromVitest(json) {
  let report;
  try {
    report = JSON.parse(json);
  } catch {
    return undefined;
  }
  const unloaded = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/**
 * The counts of a stage that ended with `code`. A stage that failed never counts as 0 failed, whatever its
 * output says, and one that ran no test at all did not pass.
 */
export function settle(counts, code) {
  const ran = counts ?? NONE;
  const empty = counts === undefined || ran.passed + ran.failed === 0;
  if ((code !== 0 || empty) && ran.failed === 0) return { ...ran, failed: 1 };
  return ran;
}
