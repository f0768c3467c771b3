import type { ExecutionOutcome, ExecutionRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { callText, placeOf, resultText } from "../execution-text.ts";
import { onNode } from "../filter-options.ts";
import { counted, formatCount, formatNs, processText } from "../format.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface ExecutionsOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly mfa?: string | undefined;
  readonly outcome?: ExecutionOutcome | undefined;
  readonly sort: "newest" | "slowest" | "own";
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Milliseconds. */
  readonly slower?: number | undefined;
  readonly faster?: number | undefined;
  readonly limit: number;
}

/** Calls of traced functions, with what became of them. Where it attaches for the moment, those of the next seconds. */
export function executions(
  context: Context,
  node: string | undefined,
  options: ExecutionsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { from, to, slower, faster } = options;
    const status = await client.call("status", {});
    const list = await client.call("executions", {
      ...onNode(options),
      ...(from === undefined ? {} : { from: Math.round(resolveInstant(from, status)) }),
      ...(to === undefined ? {} : { to: Math.round(resolveInstant(to, status)) }),
      ...(slower === undefined ? {} : { minNs: Math.round(slower * 1e6) }),
      ...(faster === undefined ? {} : { maxNs: Math.round(faster * 1e6) }),
      sort: options.sort,
      limit: options.limit,
      ...(options.process === undefined ? {} : { process: options.process }),
      ...(options.mfa === undefined ? {} : { mfa: options.mfa }),
      ...(options.outcome === undefined ? {} : { outcome: options.outcome }),
    });
    const { out, err } = context;
    if (options.json) for (const row of list.rows) jsonLine(out, row);
    else if (list.rows.length > 0) out.line(renderTable(COLUMNS, list.rows, out.columns, out.color));
    const bound = list.complete ? "" : "; only the newest calls were looked at";
    const told = `${counted(list.rows.length, "call")}, ${formatCount(list.scanned)} events read${bound}`;
    if (!options.json || !list.complete) err.line(err.color.dim(told));
    return list.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const time = (ns: number | null): string => (ns === null ? "-" : formatNs(ns));
const callerText = ({ caller, callerLine }: ExecutionRow): string =>
  caller === null ? "-" : `${caller}${callerLine === null ? "" : `:${callerLine}`}`;

const COLUMNS: readonly Column<ExecutionRow>[] = [
  { title: "TIME", value: (row) => time(row.durationNs), align: "right" },
  { title: "OWN", value: (row) => time(row.ownNs), align: "right", dispensable: 3 },
  { title: "CALL", value: (row) => `${"  ".repeat(Math.min(row.depth, 10))}${callText(row)}`, shrinksTo: 24 },
  { title: "RESULT", value: resultText, shrinksTo: 16 },
  { title: "PROCESS", value: (row) => processText(row.process), shrinksTo: 14, dispensable: 1 },
  { title: "CALLER", value: callerText, shrinksTo: 14, dispensable: 2 },
  { title: "SOURCE", value: placeOf, shrinksTo: 14, dispensable: 4 },
];
