import type { AnomalyRow, PatternRow, SeriesName } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { filterInput } from "../filter-options.ts";
import { counted, formatNs, printable } from "../format.ts";
import type { Instant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface PatternsOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Milliseconds. */
  readonly every?: number | undefined;
  readonly limit: number;
}

/** How rates, durations, mailboxes and memory usually are. */
export function patterns(
  context: Context,
  node: string | undefined,
  options: PatternsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const answer = await client.call("patterns", await inputOf(client, options));
    if (options.json) jsonLine(context.out, answer);
    else {
      if (answer.rows.length > 0)
        context.out.line(renderTable(PATTERNS, answer.rows, context.out.columns, context.out.color));
      context.err.line(context.err.color.dim(tooShort(answer)));
    }
    return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** Where they were otherwise than before, and what is new. */
export function anomalies(
  context: Context,
  node: string | undefined,
  options: PatternsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const answer = await client.call("anomalies", await inputOf(client, options));
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else {
      for (const row of answer.rows)
        out.line(`+${formatNs(row.from - answer.from)}  ${printable(row.summary)}${often(row)}`);
      const seen = `${counted(answer.rows.length, "anomaly", "anomalies")} in ${counted(answer.watched, "series", "series")}; `;
      err.line(err.color.dim(seen + tooShort(answer)));
    }
    return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

async function inputOf(
  client: Parameters<typeof filterInput>[0],
  { process, on, from, to, every, limit }: PatternsOptions,
): Promise<{ readonly limit: number; readonly everyNs?: number }> {
  const window = await filterInput(client, { process, on, from, to });
  return { ...window, limit, ...(every === undefined ? {} : { everyNs: every * 1e6 }) };
}

/** By chance alone once in so long. */
const often = ({ onceInNs }: AnomalyRow): string =>
  onceInNs === null ? "" : `  (by chance once in ${formatNs(onceInNs)})`;

const tooShort = ({
  tooShort: n,
  everyNs,
}: {
  readonly tooShort: number;
  readonly everyNs: number;
}): string =>
  `${counted(n, "series", "series")} too short to learn from; one figure each ${formatNs(everyNs)}`;

const amount = (value: number, { unit }: SeriesName): string =>
  unit === "ns" ? formatNs(value) : `${Number(value.toPrecision(3))} ${unit}`;

const PATTERNS: readonly Column<PatternRow>[] = [
  { title: "OF", value: (row) => row.of, dispensable: 2 },
  { title: "SERIES", value: (row) => row.key, shrinksTo: 20 },
  { title: "USUALLY", value: (row) => amount(row.expected, row), align: "right" },
  {
    title: "NINE OF TEN",
    value: (row) => `${amount(row.usually[0], row)} to ${amount(row.usually[1], row)}`,
    dispensable: 1,
  },
  { title: "EACH", value: (row) => (row.periodNs === null ? "" : formatNs(row.periodNs)), dispensable: 3 },
];
