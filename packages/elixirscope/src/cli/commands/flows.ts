import type { FlowRow, FlowsInput } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { counted, formatCount, formatNs } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface FlowsOptions extends QuestionOptions {
  readonly entry?: string | undefined;
  readonly process?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly error?: string | undefined;
  /** Milliseconds. */
  readonly slower?: number | undefined;
  readonly slowest?: boolean | undefined;
  readonly limit: number;
}

/** What entry points led to, newest first. Where it attaches for the moment, the flows of the next seconds. */
export function flows(context: Context, node: string | undefined, options: FlowsOptions): Promise<number> {
  const level = options.level ?? (options.trace ? undefined : "flows");
  return question(context, node, { ...options, level }, async (client) => {
    const list = await client.call("flows", inputOf(options));
    const { out, err } = context;
    if (options.json) for (const row of list.rows) jsonLine(out, row);
    else if (list.rows.length > 0)
      out.line(renderTable(columnsFor(list.rows), list.rows, out.columns, out.color));
    const bound = list.more ? "; there are more" : "";
    const theirs =
      list.foreign === 0
        ? ""
        : `; ${counted(list.foreign, "entry point")} had a seq_trace token of the application, which was left alone`;
    const told = `${counted(list.rows.length, "flow")}, ${formatCount(list.scanned)} events read${bound}${theirs}`;
    if (!options.json || list.more) err.line(err.color.dim(told));
    return list.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const inputOf = ({
  entry,
  process,
  failed,
  error,
  slower,
  slowest,
  limit,
  on,
}: FlowsOptions): FlowsInput => ({
  limit,
  ...onNode({ on }),
  ...(entry === undefined ? {} : { entry }),
  ...(process === undefined ? {} : { process }),
  ...(failed === undefined ? {} : { failed }),
  ...(error === undefined ? {} : { error }),
  ...(slower === undefined ? {} : { minNs: Math.round(slower * 1e6) }),
  ...(slowest ? { sort: "slowest" } : {}),
});

const remark = (row: FlowRow): string =>
  [
    ...(row.failed ? [row.error === null ? "failed" : `failed: ${row.error}`] : []),
    ...(row.complete ? [] : ["incomplete"]),
  ].join(", ");

const COLUMNS: readonly Column<FlowRow>[] = [
  { title: "FLOW", value: (row) => row.id },
  { title: "AT", value: (row) => row.at.slice(11, 23), dispensable: 3 },
  { title: "TOOK", value: (row) => formatNs(row.durationNs), align: "right" },
  { title: "PROCESSES", value: (row) => formatCount(row.processes), align: "right", dispensable: 1 },
  { title: "MESSAGES", value: (row) => formatCount(row.messages), align: "right", dispensable: 2 },
  { title: "REMARK", value: remark, shrinksTo: 10 },
  { title: "WHAT", value: (row) => (row.title === "" ? row.entry : row.title), shrinksTo: 20 },
];

const NODES: Column<FlowRow> = {
  title: "NODES",
  value: (row) => formatCount(row.nodes.length),
  align: "right",
  dispensable: 3,
};

/** On how many nodes says something only where it is more than one. */
const columnsFor = (rows: readonly FlowRow[]): readonly Column<FlowRow>[] =>
  rows.some(({ nodes }) => nodes.length > 1) ? [...COLUMNS.slice(0, 5), NODES, ...COLUMNS.slice(5)] : COLUMNS;
