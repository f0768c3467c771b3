import { describe, expect, it } from "vitest";
import { CliError, codeOf, EXIT, exitCodeOf, usageError } from "./errors.ts";

const coded = (code: string): Error => Object.assign(new Error("it failed"), { code });

describe("exitCodeOf", () => {
  it.each([
    ["DIST_NODE_UNKNOWN", 3],
    ["DIST_EPMD_UNREACHABLE", 3],
    ["STORE_NOT_FOUND", 3],
    ["QUERY_NO_SUCH_PROCESS", 3],
    ["QUERY_AMBIGUOUS_PROCESS", 2],
    ["DIST_COOKIE_REJECTED", 4],
    ["TRACER_TAKEN", 4],
    ["TRACER_ALREADY_ATTACHED", 4],
    ["SERVER_NO_TOKEN", 4],
    ["DIST_CLOSED", 5],
    ["ENGINE_STOPPED", 5],
    ["SERVER_BAD_INPUT", 2],
    ["BAD_MFA_PATTERN", 2],
    ["SERVER_PORT_TAKEN", 1],
    ["STORE_DAMAGED", 1],
    ["EACCES", 1],
  ])("%s is %d", (code, exit) => {
    expect(exitCodeOf(coded(code))).toBe(exit);
  });

  it("is what a CliError says", () => {
    expect(exitCodeOf(usageError("wrong"))).toBe(EXIT.usage);
    expect(exitCodeOf(new CliError("CLI_X", "x", { exit: 126 }))).toBe(126);
    expect(exitCodeOf(new CliError("CLI_X", "x"))).toBe(EXIT.error);
  });

  it("is 1 for whatever is thrown without a code", () => {
    expect(exitCodeOf(new Error("x"))).toBe(1);
    expect(exitCodeOf("x")).toBe(1);
    expect(exitCodeOf(Object.assign(new Error("x"), { code: 7 }))).toBe(1);
    expect(codeOf("x")).toBe("CLI_ERROR");
  });
});
