import type { CallRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { counted, formatCount, formatNs, processText } from "../format.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { requestGist } from "../message-gist.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface CallsOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly caller?: string | undefined;
  readonly callee?: string | undefined;
  readonly newest?: boolean | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Milliseconds. */
  readonly slower?: number | undefined;
  readonly faster?: number | undefined;
  readonly limit: number;
}

/** GenServer calls, the slowest first. Where it attaches for the moment, those of the next seconds. */
export function calls(context: Context, node: string | undefined, options: CallsOptions): Promise<number> {
  // Calls are made of messages: what is asked for less would answer nothing.
  const level = options.level ?? (options.trace ? undefined : "messages");
  return question(context, node, { ...options, level }, async (client) => {
    const { from, to, slower, faster } = options;
    const status = await client.call("status", {});
    const list = await client.call("calls", {
      ...(from === undefined ? {} : { since: Math.round(resolveInstant(from, status)) }),
      ...(to === undefined ? {} : { until: Math.round(resolveInstant(to, status)) }),
      ...(slower === undefined ? {} : { minNs: Math.round(slower * 1e6) }),
      ...(faster === undefined ? {} : { maxNs: Math.round(faster * 1e6) }),
      ...onNode(options),
      sort: options.newest ? "newest" : "slowest",
      limit: options.limit,
      ...(options.process === undefined ? {} : { process: options.process }),
      ...(options.caller === undefined ? {} : { from: options.caller }),
      ...(options.callee === undefined ? {} : { to: options.callee }),
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
/** Without the beginning of the callback a bound is all that is known. */
const bound = (row: CallRow, sign: string, ns: number | null): string =>
  ns === null || row.exact ? time(ns) : sign + time(ns);

const requestText = ({ request }: CallRow): string => requestGist(request?.summary ?? "-");

const COLUMNS: readonly Column<CallRow>[] = [
  { title: "LATENCY", value: (row) => time(row.latencyNs), align: "right" },
  { title: "MAILBOX", value: (row) => bound(row, "≥ ", row.queueNs), align: "right", dispensable: 2 },
  { title: "WORK", value: (row) => bound(row, "≤ ", row.workNs), align: "right", dispensable: 1 },
  { title: "CALLER", value: (row) => processText(row.from), shrinksTo: 14 },
  { title: "CALLEE", value: (row) => processText(row.to), shrinksTo: 14 },
  { title: "REQUEST", value: requestText, shrinksTo: 16 },
  { title: "REMARK", value: (row) => row.why, shrinksTo: 12, dispensable: 3 },
];
