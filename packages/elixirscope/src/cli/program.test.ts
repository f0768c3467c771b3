import { describe, expect, it } from "vitest";
import { buildProgram } from "./program.ts";
import { type Context, processContext, type Sink } from "./terminal.ts";

interface Captured {
  readonly context: Context;
  readonly out: () => string;
}

/** Streams into memory; all else as in a process without a terminal. */
function capture(env: NodeJS.ProcessEnv = {}): Captured {
  let text = "";
  const sink: Sink = {
    ...processContext().out,
    isTTY: false,
    columns: 100,
    write: (some) => {
      text += some;
    },
  };
  return { context: { out: sink, err: sink, env, stdinIsTTY: false }, out: () => text };
}

async function failure(...args: readonly string[]): Promise<string> {
  const { command } = buildProgram(capture().context, "1.2.3", false);
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${args.join(" ")} was taken`);
}

describe("wrong use is said to be wrong", () => {
  it.each([
    [["attach"], "Say which node."],
    [["attach", "a@b", "--tidewave", "http://localhost:4000"], "either a node or --tidewave"],
    [["attach", "--tidewave", "localhost:4000"], "no address such as http://localhost:4000"],
    [["attach", "--tidewave", "http://192.0.2.7:4000"], "not on this machine"],
    [["attach", "--tidewave", "http://me:secret@localhost:4000"], "a password in it"],
    [["replay", "first"], "the id of an event"],
    [["replay"], "Say which callbacks"],
    [["replay", "1", "--process", "till"], "Say which callbacks"],
    [["replay", "1", "--recording", "a.esrec"], "Say on which node"],
    [["replay", "1", "--node", "nobody@127.0.0.1"], "No ElixirScope is attached to nobody@127.0.0.1"],
    [["generate-tests"], "Say what to make tests of"],
    [["generate-tests", "1", "--process", "till"], "Say what to make tests of"],
    [["generate-tests", "--in-flow", "f-1", "--from", "1"], "--from and --to go with --process"],
    [["attach", "a@b", "--for", "10"], "500ms, 10s, 2m, 1h"],
    [["attach", "a@b", "--for", "0s"], "500ms, 10s, 2m, 1h"],
    [["attach", "a@b", "--level", "everything"], "observe, flows, messages, state, calls, lines"],
    [["attach", "a@b", "--port", "70000"], "0 to 65535"],
    [["attach", "a@b", "c@d"], "too many arguments"],
    [["attach", "a@b", "--levle", "calls"], "Did you mean --level?"],
    [["record", "a@b"], "required option '-o, --out <file>' not specified"],
    [["open"], "missing required argument 'file'"],
    [["ps", "--sort", "age"], "memory, mailbox, reductions"],
    [["ps", "--limit", "0"], "1 to 100000"],
    [["events", "--kind", "spawn,explosion"], "There is no kind explosion"],
    [["events", "--limit", "few"], "whole number, or all"],
    [["events", "--from", "noon"], "-10s (before the end)"],
    [["aggregate", "--of", "age"], "events, bytes, duration, own, mailbox, work"],
    [["aggregate", "--of", "duration:p42"], "count, sum, avg, least, p50, p95, p99, most"],
    [["aggregate", "--by", "kind,colour"], "There is no colour to group by."],
    [["aggregate", "--every", "often"], "500ms, 10s, 2m, 1h"],
    [["events", "--min-size", "big"], "500, 64KB or 2MB"],
    [["message-flow", "--by", "colour"], "process, name, application, supervisor, node"],
    [["flame", "--format", "svg"], "tree, folded, speedscope"],
    [["flame", "--format", "folded", "--json"], "--json is of --format tree"],
    [["path"], "--process, --in-flow or --request, one of them"],
    [["query", "SELECT 1", "x=1"], "SQL is one argument"],
    [["query", "nonsense"], "There is no question nonsense."],
    [["run"], "missing required argument 'command'"],
    [["dance"], "There is no command dance."],
    [["help", "dance"], "There is no command dance."],
    [["trace"], "missing required argument 'node'"],
    [["trace", "a@b"], "Say which functions."],
    [["attach", "a@b", "--level", "lines"], "Level lines needs to know of which modules"],
    [["lines"], "missing required argument 'module'"],
    [["trace", "a@b", "M.f/1", "--limit", "none"], "1 to 100000"],
    [["calls", "--slower", "often"], "500ms, 10s, 2m, 1h"],
    [["executions", "--from", "noon"], "-10s (before the end)"],
    [["executions", "--sort", "age"], "newest, slowest, own"],
    [["executions", "--outcome", "lost"], "returned, raised, ended, open, unknown"],
    [["attach", "a@b", "--level", "calls"], "Level calls needs to know which calls"],
    [["attach", "a@b", "--cookie", "x", "--cookie-file", "y"], "exclude each other"],
    [["events", "--process", "A", "--pid", "0.1.2"], "mean the same"],
    [["open", "/nowhere/at/all.esrec"], "There is no file"],
    [["record", "a@b", "--out", "/nowhere/at/all.esrec"], "is not a folder"],
    [["record", "a@b", "--out", import.meta.filename], "exists already"],
  ])("%j", async (args, message) => {
    expect(await failure(...args)).toContain(message);
  });

  it("does not take a node's name for a command", async () => {
    const { command } = buildProgram(capture().context, "1.2.3", false);
    const error: unknown = await command
      .parseAsync(["shop@127.0.0.1"], { from: "user" })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ hint: "To attach to that node: elixirscope attach shop@127.0.0.1" });
  });
});

async function help(...args: readonly string[]): Promise<string> {
  const { context, out } = capture();
  const { command } = buildProgram(context, "1.2.3", false);
  await command.parseAsync(args, { from: "user" }).catch(() => undefined);
  return out();
}

describe("help", () => {
  it("names every command, and every command has examples", async () => {
    const { command } = buildProgram(capture().context, "1.2.3", false);
    const names = command.commands.map((one) => one.name());
    const text = await help("--help");
    for (const name of names) expect(text).toContain(`\n  ${name} `);
    for (const name of names.filter((one) => one !== "help")) {
      expect(await help(name, "--help")).toMatch(/Examples:\n {2}\S/);
      expect(await help("help", name)).toBe(await help(name, "--help"));
    }
  });

  it("lists the exit codes", async () => {
    expect(await help("help", "exit-codes")).toMatch(/\n {2}4 {4}refused/);
  });

  it("gives the version", async () => {
    expect(await help("--version")).toBe("1.2.3\n");
  });
});
