import { readFile } from "node:fs/promises";
import type { Input, LeakRow } from "../../protocol/index.ts";
import { CliError, EXIT, messageOf, usageError } from "../errors.ts";
import { counted } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface BoundariesOptions extends AttachOptions {
  readonly config?: string | undefined;
  readonly failOnLeak?: boolean | undefined;
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly json?: boolean | undefined;
}

/** Contexts, and calls past their doors. */
export async function boundaries(
  context: Context,
  node: string | undefined,
  options: BoundariesOptions,
): Promise<number> {
  const config = options.config === undefined ? {} : await readConfig(options.config);
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  const target = await openTarget(context, { node: named || undefined, attach, redact: options.redact });
  try {
    const countMs = options.for === undefined ? {} : { countMs: options.for };
    const answer = await target.client.call("boundaries", { ...config, ...countMs });
    // Nothing to look at is no clean bill: a run in CI has to fail.
    if (answer.why !== "") throw new CliError("ENGINE_NO_CONTEXTS", answer.why, { exit: EXIT.notFound });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else if (answer.leaks.length > 0) out.line(renderTable(COLUMNS, answer.leaks, out.columns, out.color));
    if (!options.json) {
      const what = `${counted(answer.contexts.length, "context")} in ${counted(answer.modules, "module")}`;
      err.line(err.color.dim(`${counted(answer.leaks.length, "leak")}; ${what}`));
    }
    return options.failOnLeak && answer.leaks.length > 0 ? EXIT.error : EXIT.ok;
  } finally {
    await target.close();
  }
}

async function readConfig(file: string): Promise<Input<"boundaries">> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw usageError(`The file ${file} cannot be read: ${messageOf(error)}`);
  });
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    throw usageError(`The file ${file} is not JSON: ${messageOf(error)}`);
  }
  throw usageError(`The file ${file} should hold a JSON object with web, contexts, public, allow.`);
}

const KINDS: Readonly<Record<LeakRow["kind"], string>> = {
  web_calls_internals: "the web calls internals of",
  web_calls_repo: "the web calls",
  context_calls_internals: "another context calls internals of",
};

const place = ({ file, line }: LeakRow): string => (line === null ? file || "-" : `${file}:${line}`);

const COLUMNS: readonly Column<LeakRow>[] = [
  { title: "CALLER", value: (row) => row.caller, shrinksTo: 24 },
  { title: "CALLEE", value: (row) => row.callee, shrinksTo: 24 },
  { title: "PLACE", value: place, shrinksTo: 20 },
  {
    title: "CALLS",
    value: (row) => (row.calls === null ? "-" : String(row.calls)),
    align: "right",
    dispensable: 1,
  },
  { title: "LEAK", value: (row) => `${KINDS[row.kind]} ${row.context}`, shrinksTo: 20, dispensable: 0 },
];
