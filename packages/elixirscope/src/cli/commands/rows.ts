import { counted } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";

export interface PrintedRows<Row> {
  readonly rows: readonly Row[];
  readonly complete: boolean;
  readonly columns: readonly Column<Row>[];
  readonly noun: string;
}

/** A table with its count below, or with `--json` a row a line. */
export function printRows<Row extends object>(
  { out, err }: Context,
  options: { readonly json?: boolean | undefined },
  { rows, complete, columns, noun }: PrintedRows<Row>,
): void {
  if (options.json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(columns, rows, out.columns, out.color));
  const bound = complete ? "" : "; there are more events than were looked at";
  if (!options.json || !complete) err.line(err.color.dim(`${counted(rows.length, noun)}${bound}`));
}

/** `10:59:52.796` of an ISO time. */
export const clockTime = (iso: string): string => iso.slice(11, 23);
