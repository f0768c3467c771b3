import type { History } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { clockOf } from "../event-text.ts";
import { counted, formatBytes, formatCount, printable } from "../format.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface HistoryOptions extends QuestionOptions {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
}

/** Memory, mailbox and work of one process over time. */
export function history(
  context: Context,
  process: string,
  node: string | undefined,
  options: HistoryOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const status = await client.call("status", {});
    const { from, to, limit: points } = options;
    const answer = await client.call("history", {
      process,
      points,
      ...(from === undefined ? {} : { from: Math.round(resolveInstant(from, status)) }),
      ...(to === undefined ? {} : { to: Math.round(resolveInstant(to, status)) }),
    });
    if (options.json) jsonLine(context.out, answer);
    else print(context, answer);
    return answer.samples > 0 ? EXIT.ok : EXIT.notFound;
  });
}

function print({ out, err }: Context, answer: History): void {
  const label = printable(answer.process.label);
  if (answer.samples > 0) out.line(historyTable(answer, out));
  const none = "it lived too shortly, or no samples were taken then";
  const told = answer.samples > 0 ? counted(answer.samples, "sample") : `no samples: ${none}`;
  err.line(err.color.dim(`${label} ${answer.process.pid}: ${told}`));
}

interface Row {
  readonly at: string;
  readonly memory: number;
  readonly mailbox: number;
  /** Reductions since the row before, for each second. */
  readonly work: number | undefined;
}

export function historyTable(
  { points }: Pick<History, "points">,
  { columns, color }: Pick<Context["out"], "columns" | "color">,
): string {
  const most = Math.max(1, ...points.map(({ memory }) => memory));
  const rows = points.map((point, i): Row => {
    const before = points[i - 1];
    const seconds = before ? (point.t - before.t) / 1e9 : 0;
    const work = before && seconds > 0 ? (point.reductions - before.reductions) / seconds : undefined;
    return { at: point.at, memory: point.memory, mailbox: point.mailbox, work };
  });
  return renderTable(shape(most), rows, columns, color);
}

const BAR = 20;

const shape = (most: number): readonly Column<Row>[] => [
  { title: "TIME", value: ({ at }) => clockOf(at) },
  { title: "MEMORY", value: ({ memory }) => formatBytes(memory), align: "right" },
  { title: "", value: ({ memory }) => "█".repeat(Math.round((BAR * memory) / most)), dispensable: 1 },
  { title: "MAILBOX", value: ({ mailbox }) => formatCount(mailbox), align: "right" },
  {
    title: "REDUCTIONS/S",
    value: ({ work }) => (work === undefined ? "-" : formatCount(Math.round(work))),
    align: "right",
  },
];
