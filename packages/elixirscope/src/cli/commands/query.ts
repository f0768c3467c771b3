import { text } from "node:stream/consumers";
import type { QueryAnswer } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { counted } from "../format.ts";
import { jsonLine } from "../output.ts";
import { renderTable } from "../table.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface QueryOptions {
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly limit: number;
  readonly json?: boolean | undefined;
}

/** Asks a recording, or what is being recorded, in SQL. */
export async function query(context: Context, given: string, options: QueryOptions): Promise<number> {
  const { recording, node, limit } = options;
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const sql = given === "-" ? await text(process.stdin) : given;
  const target = await openTarget(context, { node, recording, attach: {} });
  try {
    const answer = await target.client.call("query", { sql, limit });
    if (options.json) for (const row of answer.rows) jsonLine(context.out, objectOf(answer, row));
    else printTable(context, answer);
    if (answer.more) {
      context.err.line(
        context.err.color.dim(`The first ${counted(answer.rows.length, "row")}; --limit for more.`),
      );
    }
    return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  } finally {
    await target.close();
  }
}

const objectOf = ({ columns }: QueryAnswer, row: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));

function printTable({ out, err }: Context, { columns, rows }: QueryAnswer): void {
  if (rows.length === 0) {
    err.line(err.color.dim("No row."));
    return;
  }
  const shown = columns.map(({ name, type }, i) => ({
    title: name.toUpperCase(),
    value: (row: readonly unknown[]) => cell(row[i]),
    ...(/INT|DOUBLE|FLOAT|DECIMAL/.test(type) ? { align: "right" as const } : { shrinksTo: 8 }),
  }));
  out.line(renderTable(shown, rows, out.columns, out.color));
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
