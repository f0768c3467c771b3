import { writeFile } from "node:fs/promises";
import type { GenerateTestsAnswer, GenerateTestsInput } from "../../protocol/index.ts";
import { EXIT, usageError } from "../errors.ts";
import { counted, printable } from "../format.ts";
import { newFilePath } from "../out-file.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface GenerateTestsOptions {
  readonly process?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly inFlow?: string | undefined;
  readonly request?: number | undefined;
  readonly liveview?: string | undefined;
  readonly conversation?: boolean | undefined;
  readonly limit: number;
  readonly out?: string | undefined;
  readonly node?: string | undefined;
  readonly recording?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Files of tests for Mix: their names end so. */
const SUFFIX = "_test.exs";

/** ExUnit tests of what was recorded. */
export async function generateTests(
  context: Context,
  events: readonly number[],
  options: GenerateTestsOptions,
): Promise<number> {
  const input = inputOf(events, options);
  const out = options.out === undefined ? undefined : await newFilePath(options.out);
  const { recording, node } = options;
  // Attaching for the moment would answer nothing: what is asked about is not in that record.
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const target = await openTarget(context, { node, recording, attach: {} });
  try {
    const answer = await target.client.call("generateTests", input);
    if (out !== undefined && answer.source !== "") await writeFile(out, answer.source, { flag: "wx" });
    if (options.json) jsonLine(context.out, answer);
    else {
      if (out === undefined)
        for (const line of answer.source.split("\n").slice(0, -1)) context.out.line(line);
      tell(context, answer, options.out);
    }
    await context.out.drained();
    return answer.tests.length > 0 ? EXIT.ok : EXIT.notFound;
  } finally {
    await target.close();
  }
}

function inputOf(events: readonly number[], options: GenerateTestsOptions): GenerateTestsInput {
  const { process, inFlow, request, liveview, from, to, conversation, limit } = options;
  const given = [events.length > 0 ? events : undefined, process, inFlow, request, liveview];
  if (given.filter((one) => one !== undefined).length !== 1)
    throw usageError(
      "Say what to make tests of: events (elixirscope generate-tests 1200), --process, --in-flow, --request or --liveview; one of them.",
    );
  if (process === undefined && (from !== undefined || to !== undefined))
    throw usageError("--from and --to go with --process.");
  return {
    ...(events.length > 0 ? { events } : {}),
    process,
    fromId: from,
    toId: to,
    flow: inFlow,
    request,
    liveView: liveview,
    form: conversation ? "conversation" : undefined,
    limit: Math.min(limit, 100),
  };
}

function tell(
  { err }: Context,
  { tests, left, alike, path }: GenerateTestsAnswer,
  out: string | undefined,
): void {
  const more = alike === 0 ? "" : `; ${alike} more behaved the same as one of them`;
  err.line(err.color.dim(`${counted(tests.length, "test")}${more}`));
  for (const { what, why } of left)
    err.line(err.color.dim(`Not tested: ${printable(what)}. ${printable(why)}`));
  const place = out ?? path;
  if (tests.length > 0 && !place.endsWith(SUFFIX))
    err.line(err.color.dim(`mix test runs files whose names end in ${SUFFIX}.`));
  else if (tests.length > 0 && out === undefined) err.line(err.color.dim(`A place for it: ${path}`));
}
