import type { JobRow, QueryRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { formatNs } from "../format.ts";
import type { Column } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime, printRows } from "./rows.ts";

export interface QueriesOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly repeated?: boolean | undefined;
  readonly sort: "total" | "count" | "slowest";
  readonly limit: number;
}

/** Queries of Ecto by their SQL, and which of them are n + 1. */
export function queries(
  context: Context,
  node: string | undefined,
  options: QueriesOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("queries", {
      ...onNode(options),
      limit: options.limit,
      sort: options.sort,
      ...(options.search === undefined ? {} : { search: options.search }),
      ...(options.repeated ? { repeated: true } : {}),
    });
    printRows(context, options, { rows, complete, columns: QUERIES, noun: "statement" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** What is wrong with it, or else for what work it ran. */
function queryRemark({ repeats, error, work }: QueryRow): string {
  const [worst] = repeats;
  if (worst) return worst.verdict;
  if (error !== null) return error;
  const [most] = work;
  return most ? `${most.work.what}${work.length > 1 ? " …" : ""}` : "";
}

const right = { align: "right" } as const;

const QUERIES: readonly Column<QueryRow>[] = [
  { title: "TIMES", value: (row) => String(row.count), ...right },
  { title: "TOTAL", value: (row) => formatNs(row.totalNs), ...right },
  { title: "SLOWEST", value: (row) => formatNs(row.slowestNs), ...right, dispensable: 4 },
  { title: "QUEUED", value: (row) => formatNs(row.queueNs), ...right, dispensable: 2 },
  { title: "DECODED", value: (row) => formatNs(row.decodeNs), ...right, dispensable: 1 },
  { title: "ROWS", value: (row) => String(row.rows ?? "-"), ...right, dispensable: 3 },
  { title: "FAILED", value: (row) => (row.failed > 0 ? String(row.failed) : "-"), ...right },
  { title: "REMARK", value: queryRemark, shrinksTo: 30, dispensable: 0 },
  { title: "QUERY", value: (row) => row.query, shrinksTo: 20 },
];

export interface JobsOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly limit: number;
}

/** Runs of Oban's jobs, with who inserted them. */
export function jobs(context: Context, node: string | undefined, options: JobsOptions): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("jobs", {
      ...onNode(options),
      limit: options.limit,
      ...(options.search === undefined ? {} : { search: options.search }),
      ...(options.failed ? { failed: true } : {}),
    });
    printRows(context, options, { rows, complete, columns: JOBS, noun: "job" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

function insertedBy({ inserted }: JobRow): string {
  if (!inserted) return "-";
  return inserted.work?.what ?? inserted.process?.label ?? "-";
}

const JOBS: readonly Column<JobRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 3 },
  { title: "JOB", value: (row) => `${row.worker} #${row.job}`, shrinksTo: 16 },
  { title: "QUEUE", value: (row) => row.queue, dispensable: 2 },
  { title: "ATTEMPT", value: (row) => `${row.attempt ?? "?"}/${row.maxAttempts ?? "?"}`, ...right },
  { title: "STATE", value: (row) => row.state },
  {
    title: "WAITED",
    value: (row) => (row.queueNs === null ? "-" : formatNs(row.queueNs)),
    ...right,
    dispensable: 1,
  },
  { title: "TOOK", value: (row) => (row.durationNs === null ? "-" : formatNs(row.durationNs)), ...right },
  { title: "INSERTED BY", value: insertedBy, shrinksTo: 16 },
  { title: "ARGS", value: (row) => row.args?.text ?? "", shrinksTo: 12, dispensable: 0 },
  {
    title: "ERROR",
    value: ({ error }) => (error ? `${error.exception ?? error.kind}: ${error.message ?? ""}` : ""),
    shrinksTo: 12,
  },
];
