import type { RequestRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { formatCount, formatNs } from "../format.ts";
import type { Column } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime, printRows } from "./rows.ts";

export interface RequestsOptions extends QuestionOptions {
  readonly path?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly slowest?: boolean | undefined;
  readonly limit: number;
}

/** HTTP requests with their stages. */
export function requests(
  context: Context,
  node: string | undefined,
  options: RequestsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete, untold } = await client.call("requests", {
      ...onNode(options),
      limit: options.limit,
      sort: options.slowest ? "slowest" : "newest",
      ...(options.path === undefined ? {} : { path: options.path }),
      ...(options.failed ? { failed: true } : {}),
    });
    printRows(context, options, { rows, complete, columns: COLUMNS, noun: "request" });
    if (untold > 0 && !options.json) {
      const { err } = context;
      err.line(
        err.color.yellow(
          `The application was busy: ${formatCount(untold)} telemetry events were counted and not recorded (--max-told all records each).`,
        ),
      );
    }
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** `router 1.2 ms (render show 0.3 ms)`, each stage once, with the time of all of its name. */
function stages({ stages: all }: RequestRow): string {
  const sums = new Map<string, { ns: number; count: number }>();
  for (const { name, durationNs } of all) {
    const sum = sums.get(name) ?? { ns: 0, count: 0 };
    sums.set(name, { ns: sum.ns + durationNs, count: sum.count + 1 });
  }
  return [...sums]
    .map(([name, { ns, count }]) => `${name}${count > 1 ? ` ×${count}` : ""} ${formatNs(ns)}`)
    .join(", ");
}

function remark({ error, repeatedQueries, status }: RequestRow): string {
  if (error) return `${error.exception ?? error.kind}: ${error.message ?? ""}`;
  const [most] = repeatedQueries;
  if (most) return `${most.verdict}: ${most.query}`;
  return status === null ? "not ended" : "";
}

const COLUMNS: readonly Column<RequestRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 3 },
  { title: "ID", value: (row) => String(row.id), align: "right" },
  { title: "STATUS", value: (row) => String(row.status ?? "-"), align: "right" },
  {
    title: "TOOK",
    value: (row) => (row.durationNs === null ? "-" : formatNs(row.durationNs)),
    align: "right",
  },
  { title: "REQUEST", value: (row) => `${row.method} ${row.path}`, shrinksTo: 20 },
  { title: "HANDLER", value: (row) => row.handler ?? "-", shrinksTo: 16, dispensable: 1 },
  { title: "FLOW", value: (row) => row.flow ?? "-", dispensable: 3 },
  { title: "STAGES", value: stages, shrinksTo: 16, dispensable: 2 },
  { title: "REMARK", value: remark, shrinksTo: 16, dispensable: 0 },
];
