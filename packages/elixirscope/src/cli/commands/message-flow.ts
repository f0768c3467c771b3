import type { MessageFlowInput, MessageFlowRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { type FilterOptions, filterInput } from "../filter-options.ts";
import { counted, formatBytes, formatCount, formatNs } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface MessageFlowOptions extends QuestionOptions, FilterOptions {
  readonly by: NonNullable<MessageFlowInput["by"]>;
  readonly group?: readonly string[] | undefined;
  readonly limit: number;
}

/** Who sent whom how many messages. */
export function messageFlow(
  context: Context,
  node: string | undefined,
  options: MessageFlowOptions,
): Promise<number> {
  const level = options.level ?? (options.trace ? undefined : "messages");
  return question(context, node, { ...options, level }, async (client) => {
    const { by, group, limit } = options;
    const groups = group === undefined ? {} : { groups: group };
    const answer = await client.call("messageFlow", {
      ...(await filterInput(client, options)),
      by,
      limit,
      ...groups,
    });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else if (answer.rows.length > 0) out.line(renderTable(COLUMNS, answer.rows, out.columns, out.color));
    const { other, total, source, complete } = answer;
    const rest =
      other.count === 0 ? "" : `; between others ${formatCount(other.count)}, ${formatBytes(other.bytes)}`;
    const what = source === "flows" ? " of flows (others were not recorded)" : "";
    const waits = complete ? "" : "; waits of the newest only";
    const told = `${counted(answer.rows.length, "pair")}${rest}; in all ${counted(total.count, "message")}${what}, ${formatBytes(total.bytes)}${waits}`;
    if (!options.json) err.line(err.color.dim(told));
    return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const time = (ns: number | null): string => (ns === null ? "-" : formatNs(ns));

const COLUMNS: readonly Column<MessageFlowRow>[] = [
  { title: "MESSAGES", value: (row) => formatCount(row.count), align: "right" },
  { title: "BYTES", value: (row) => formatBytes(row.bytes), align: "right", dispensable: 1 },
  { title: "WAITED P50", value: (row) => time(row.waits.p50), align: "right", dispensable: 2 },
  { title: "P95", value: (row) => time(row.waits.p95), align: "right", dispensable: 3 },
  { title: "MOST", value: (row) => time(row.waits.most), align: "right", dispensable: 4 },
  { title: "FROM", value: (row) => row.from, shrinksTo: 16 },
  { title: "TO", value: (row) => row.to, shrinksTo: 16 },
];
