// What failed, and how: read from what the runners print, to be told again at the end of `npm test`, since of a
// long log often only the end is kept.
import { isAbsolute, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./run.mjs";

const LINES_OF_ONE = 40;
const WIDTH = 400;
const SHOWN = 25;

const plain = (output) => stripVTControlCharacters(output).split("\n");

/** The blocks of lines that start where `starts` says, each up to the line where `ends` says so. */
function blocks(lines, starts, ends) {
  const found = [];
  let block;
  for (const line of lines) {
    if (starts(line)) {
      block = [line];
      found.push(block);
    } else if (block && ends(line)) block = undefined;
    else block?.push(line);
  }
  return found.map((one) => one.join("\n").trimEnd());
}

/** ExUnit: `  1) test name (Module)`, and all that is indented below it. */
export function failuresOfExUnit(output) {
  return blocks(
    plain(output),
    (line) => /^ {2,}\d+\) /.test(line),
    (line) => /^\S/.test(line),
  );
}

/** EUnit: `module: test...*failed*` (or timed out), a setup or generator that failed; up to an empty line. */
export function failuresOfEUnit(output) {
  return blocks(
    plain(output),
    (line) => /\*(failed|timed out)\*|^\*\*\* .+ \*\*\*/.test(line),
    (line) => line.trim() === "" || line.startsWith("===="),
  );
}

/** Vitest's JSON report: file, names of the groups and of the test, and the errors; also files that did not load. */
export function failuresOfVitest(json) {
  let report;
  try {
    report = JSON.parse(json);
  } catch {
    return [];
  }
  return report.testResults.flatMap((file) => {
    const path = isAbsolute(file.name) ? relative(ROOT, file.name) : file.name;
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return file.status === "failed" ? [`${path}\n${file.message ?? ""}`] : [];
    return failed.map((test) =>
      [[path, ...test.ancestorTitles, test.title].join(" > "), ...test.failureMessages].join("\n"),
    );
  });
}

/** The end of an output in which nothing better was found. */
export function tail(output) {
  return plain(output).join("\n").trim().split("\n").slice(-LINES_OF_ONE).join("\n");
}

function shortened(failure) {
  const lines = stripVTControlCharacters(failure)
    .split("\n")
    .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH)} …` : line));
  const more = lines.length - LINES_OF_ONE;
  return more > 0 ? [...lines.slice(0, LINES_OF_ONE), `… ${more} more lines`] : lines;
}

/** All failures of all stages as lines; empty where there are none. */
export function failureReport(rows) {
  const all = rows.flatMap(({ name, failures }) => failures.map((failure) => ({ name, failure })));
  if (all.length === 0) return [];
  const shown = all.slice(0, SHOWN).flatMap(({ name, failure }) => {
    const [first, ...rest] = shortened(failure);
    return [`✗ ${name}: ${first.trim()}`, ...rest.map((line) => `    ${line}`.trimEnd()), ""];
  });
  const left = all.length - SHOWN;
  return ["What failed:", "", ...shown, ...(left > 0 ? [`… and ${left} more`, ""] : [])];
}
