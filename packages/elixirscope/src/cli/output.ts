import { CliError, codeOf, messageOf } from "./errors.ts";
import type { Context, Sink } from "./terminal.ts";

/** One line of JSON. */
export const jsonLine = (sink: Sink, value: unknown): void => sink.line(JSON.stringify(value));

/** An error as a person (stderr) or a program (stdout) reads it. Never a stack, unless ELIXIRSCOPE_DEBUG asks for it. */
export function printError(context: Context, error: unknown, json: boolean): void {
  if (json) {
    jsonLine(context.out, { error: { code: codeOf(error), message: messageOf(error) } });
  } else {
    const { err } = context;
    err.line(`${err.color.red("Error:")} ${messageOf(error)}`);
    if (error instanceof CliError && error.hint !== "") err.line(error.hint);
  }
  if (context.env.ELIXIRSCOPE_DEBUG) context.err.line(stackOf(error));
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\nCaused by: ${stackOf(error.cause)}`;
}
