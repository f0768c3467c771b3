import type { AggregateAnswer, AggregateInput, Statistics } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { type FilterOptions, filterInput } from "../filter-options.ts";
import { counted, formatBytes, formatCount, formatNs } from "../format.ts";
import { jsonLine } from "../output.ts";
import type { Summed } from "../sum-options.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { STATISTICS, type Statistic } from "../vocabulary.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface AggregateOptions extends QuestionOptions, FilterOptions {
  readonly of: Summed;
  readonly by?: AggregateInput["by"];
  /** Milliseconds. */
  readonly every?: number | undefined;
  readonly limit: number;
  readonly read?: number | undefined;
}

/** Counts, sums and percentiles, by groups and over time. */
export function aggregate(
  context: Context,
  node: string | undefined,
  options: AggregateOptions,
): Promise<number> {
  const level = options.level ?? (options.trace ? undefined : "state");
  return question(context, node, { ...options, level }, async (client) => {
    const { of, by, every, limit, read } = options;
    const answer = await client.call("aggregate", {
      ...(await filterInput(client, options)),
      of: of.measure,
      limit,
      ...(by === undefined ? {} : { by }),
      ...(every === undefined ? {} : { everyNs: Math.round(every * 1e6) }),
      ...(read === undefined ? {} : { read }),
    });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else if (answer.groups.length > 0) out.line(table(answer, of.statistic, out.columns, out.color));
    if (!options.json || !answer.complete) err.line(err.color.dim(footer(answer)));
    return answer.groups.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

type Row = Statistics & { readonly key: readonly string[]; readonly t?: number };

function table(
  answer: AggregateAnswer,
  statistic: Statistic | undefined,
  width: number,
  color: Context["out"]["color"],
): string {
  const over = answer.everyNs !== null;
  const rows: readonly Row[] = over
    ? answer.groups
        .flatMap(({ key, series }) => series.map((one): Row => ({ key, ...one })))
        .toSorted((a, b) => (a.t ?? 0) - (b.t ?? 0))
    : answer.groups;
  const value = unitText(answer.unit);
  const shown: readonly Statistic[] =
    answer.of === "events"
      ? ["count"]
      : statistic === undefined
        ? STATISTICS
        : [...new Set<Statistic>(["count", statistic])];
  const columns: Column<Row>[] = [
    ...(over ? [{ title: "AT", value: ({ t = 0 }: Row) => formatNs(t), align: "right" as const }] : []),
    ...shown.map(
      (name): Column<Row> => ({
        title: name.toUpperCase(),
        value: (row) => (name === "count" ? formatCount(row.count) : value(row[name])),
        align: "right",
      }),
    ),
    ...answer.by.map(
      (name, i): Column<Row> => ({
        title: name.toUpperCase(),
        value: ({ key }) => (key[i] === "" ? "-" : key[i]!),
        shrinksTo: 16,
      }),
    ),
  ];
  return renderTable(columns, rows, width, color);
}

const unitText =
  (unit: AggregateAnswer["unit"]) =>
  (value: number | null): string => {
    if (value === null) return "-";
    return unit === "bytes"
      ? formatBytes(value)
      : unit === "ns"
        ? formatNs(Math.round(value))
        : formatCount(value);
  };

function footer({ groups, other, total, unit, complete, scanned, of }: AggregateAnswer): string {
  const value = unitText(unit);
  const sum = (one: number | null): string => (one === null ? "" : `, ${value(one)}`);
  const rest = other.count === 0 ? "" : `; in others ${formatCount(other.count)}${sum(other.sum)}`;
  const what = of === "events" || of === "bytes" ? "event" : of === "mailbox" ? "wait" : "call";
  const bound = complete ? "" : `; only the newest ${formatCount(scanned)} events were read`;
  return `${counted(groups.length, "group")}${rest}; in all ${counted(total.count, what)}${sum(total.sum)}${bound}`;
}
