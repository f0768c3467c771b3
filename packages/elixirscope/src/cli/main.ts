#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { EXIT, exitCodeOf, usageError } from "./errors.ts";
import { printError } from "./output.ts";
import { buildProgram } from "./program.ts";
import { type Context, processContext } from "./terminal.ts";

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
};

async function main(context: Context, args: readonly string[]): Promise<number> {
  const completing = args[0] === "completion" || args[0] === "complete";
  const program = buildProgram(context, version(), completing);
  try {
    if (completing) await prepareCompletion(context, program.command, args);
    await program.command.parseAsync(args, { from: "user" });
    return program.code();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const known = error instanceof CommanderError ? usageOf(error) : error;
    const end = args.indexOf("--");
    printError(context, known, args.slice(0, end < 0 ? undefined : end).includes("--json"));
    return exitCodeOf(known);
  }
}

/** What commander says of wrong use, in our form. */
function usageOf(error: CommanderError): Error {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const message = first.charAt(0).toUpperCase() + first.slice(1);
  return usageError(/[.?)]$/.test(message) ? message : `${message}.`, rest.join("\n"));
}

async function prepareCompletion(
  context: Context,
  program: ReturnType<typeof buildProgram>["command"],
  args: readonly string[],
): Promise<void> {
  const { addCompletion, BASH_FALLBACK, nodesForCompletion, profilesForCompletion, wantsNodes } =
    await import("./completion.ts");
  const asked = args[0] === "complete" && wantsNodes(args.slice(2));
  if (args[0] === "completion" && args[1] === "bash") context.out.write(BASH_FALLBACK);
  const profiles = args[0] === "complete" ? await profilesForCompletion(context.env) : [];
  addCompletion(program, asked ? await nodesForCompletion(context.env) : [], profiles);
}

// The reader went away (`| head`): an orderly end where a command has something to bring to its end, as if the terminal
// had gone; and the exit code of a process that wrote into a closed pipe.
const CLOSED_PIPE = 141;
let isClosed = false;
process.stdout.on("error", () => {
  if (isClosed) return;
  isClosed = true;
  if (process.listenerCount("SIGHUP") > 0) process.kill(process.pid, "SIGHUP");
  else process.exit(CLOSED_PIPE);
});

const context = processContext();
const code = await main(context, process.argv.slice(2));
await Promise.all([context.out.flushed(), context.err.flushed()]);
process.exit(isClosed ? CLOSED_PIPE : code);
