import {
  type CallEdgeRow,
  type FunctionRow,
  foldedStacks,
  type Input,
  type SlowRow,
  speedscopeProfile,
  type WaitRow,
} from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { filterInput } from "../filter-options.ts";
import { flameLines } from "../flame-text.ts";
import { counted, formatCount, formatNs, processText } from "../format.ts";
import type { Instant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import type { Column } from "../table.ts";
import type { Context } from "../terminal.ts";
import type { FlameFormat } from "../vocabulary.ts";
import { type QuestionOptions, question } from "./question.ts";
import { printRows } from "./rows.ts";

/** Options of the commands that ask where time went. */
export interface WorkOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly inFlow?: string | undefined;
  readonly mfa?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly read?: number | undefined;
  readonly limit?: number | undefined;
}

type WorkInput = Input<"hot">;

async function inputOf(client: Client, options: WorkOptions): Promise<WorkInput> {
  const { process, inFlow, mfa, on, from, to, read, limit } = options;
  return {
    ...(await filterInput(client, { process, inFlow, mfa, on, from, to })),
    ...(read === undefined ? {} : { read }),
    ...(limit === undefined ? {} : { limit }),
  };
}

const asked = (
  context: Context,
  node: string | undefined,
  options: WorkOptions,
  answer: (client: Client, input: WorkInput) => Promise<number>,
): Promise<number> => {
  const level = options.level ?? (options.trace ? undefined : "state");
  return question(context, node, { ...options, level }, async (client) =>
    answer(client, await inputOf(client, options)),
  );
};

/** Functions and callbacks by their own time. */
export function hot(context: Context, node: string | undefined, options: WorkOptions): Promise<number> {
  return asked(context, node, options, async (client, input) => {
    const { rows, complete, totalNs } = await client.call("hot", input);
    const share = ({ ownNs }: FunctionRow): string =>
      totalNs === 0 ? "-" : `${((ownNs / totalNs) * 100).toFixed(1)}%`;
    const columns: readonly Column<FunctionRow>[] = [
      { title: "OWN", value: (row) => formatNs(row.ownNs), align: "right" },
      { title: "SHARE", value: share, align: "right", dispensable: 2 },
      { title: "TOTAL", value: (row) => formatNs(row.totalNs), align: "right" },
      { title: "CALLS", value: (row) => formatCount(row.count), align: "right" },
      { title: "MOST", value: (row) => time(row.mostNs), align: "right", dispensable: 1 },
      { title: "FUNCTION", value: (row) => row.name, shrinksTo: 24 },
      { title: "REMARK", value: remark, dispensable: 3 },
      {
        title: "SOURCE",
        value: ({ file, line }) => (line === null ? (file ?? "") : `${file}:${line}`),
        shrinksTo: 14,
        dispensable: 4,
      },
    ];
    printRows(context, options, { rows, complete, columns, noun: "function" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const time = (ns: number | null): string => (ns === null ? "-" : formatNs(ns));

const remark = ({ failed, unfinished }: FunctionRow): string =>
  [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unfinished > 0 ? [`${unfinished} without an end`] : []),
  ].join(", ");

/** Who called whom. */
export function callGraph(context: Context, node: string | undefined, options: WorkOptions): Promise<number> {
  return asked(context, node, options, async (client, input) => {
    const { rows, complete } = await client.call("callGraph", input);
    printRows(context, options, { rows, complete, columns: EDGES, noun: "pair" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const EDGES: readonly Column<CallEdgeRow>[] = [
  { title: "TOTAL", value: (row) => formatNs(row.totalNs), align: "right" },
  { title: "OWN", value: (row) => formatNs(row.ownNs), align: "right" },
  { title: "CALLS", value: (row) => formatCount(row.count), align: "right" },
  { title: "CALLER", value: (row) => row.caller ?? "-", shrinksTo: 20 },
  { title: "CALLEE", value: (row) => row.callee, shrinksTo: 20 },
];

/** Calls, callbacks and GenServer calls in one list. */
export function slowest(context: Context, node: string | undefined, options: WorkOptions): Promise<number> {
  return asked(context, node, options, async (client, input) => {
    const { rows, complete } = await client.call("slowest", input);
    printRows(context, options, { rows, complete, columns: SLOW, noun: "row" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const SLOW: readonly Column<SlowRow>[] = [
  {
    title: "TOOK",
    value: (row) => (row.durationNs === null ? "goes on" : formatNs(row.durationNs)),
    align: "right",
  },
  { title: "OWN", value: (row) => time(row.ownNs), align: "right", dispensable: 2 },
  { title: "ID", value: (row) => String(row.id), align: "right", dispensable: 3 },
  { title: "WHAT", value: (row) => row.type },
  { title: "PROCESS", value: (row) => processText(row.process), shrinksTo: 16 },
  { title: "OF", value: (row) => processText(row.to), shrinksTo: 16, dispensable: 1 },
  { title: "CALL", value: (row) => row.text, shrinksTo: 24 },
];

/** Time in the mailbox against time at work. */
export function waits(context: Context, node: string | undefined, options: WorkOptions): Promise<number> {
  return asked(context, node, options, async (client, input) => {
    const { rows, complete } = await client.call("waits", input);
    printRows(context, options, { rows, complete, columns: WAITS, noun: "row" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const least = (row: WaitRow, ns: number | null): string =>
  ns === null ? "-" : `${row.exact ? "" : "≥ "}${formatNs(ns)}`;

const WAITS: readonly Column<WaitRow>[] = [
  { title: "WAITED", value: (row) => least(row, row.mailbox.sum), align: "right" },
  { title: "P95", value: (row) => least(row, row.mailbox.p95), align: "right", dispensable: 2 },
  { title: "MESSAGES", value: (row) => formatCount(row.mailbox.count), align: "right" },
  { title: "WORKED", value: (row) => time(row.work.sum), align: "right" },
  { title: "P95", value: (row) => time(row.work.p95), align: "right", dispensable: 3 },
  { title: "CALLBACKS", value: (row) => formatCount(row.work.count), align: "right", dispensable: 1 },
  { title: "BUSY", value: (row) => `${(row.busy * 100).toFixed(1)}%`, align: "right", dispensable: 4 },
  { title: "PROCESS", value: (row) => processText(row.process), shrinksTo: 16 },
];

export interface FlameOptions extends WorkOptions {
  readonly format: FlameFormat;
}

/** A flame graph as text, as folded stacks or as a profile for speedscope. */
export function flame(context: Context, node: string | undefined, options: FlameOptions): Promise<number> {
  if (options.json && options.format !== "tree")
    throw usageError("--json is of --format tree; the others are formats of their own.");
  return asked(context, node, options, async (client, input) => {
    const answer = await client.call("flame", input);
    const { out, err } = context;
    if (options.format === "folded") out.line(foldedStacks(answer));
    else if (options.format === "speedscope") jsonLine(out, speedscopeProfile(answer));
    else if (options.json) jsonLine(out, answer);
    else for (const line of flameLines(answer, out.columns, out.color)) out.line(line);
    const bound = answer.complete ? "" : `; only the newest ${formatCount(answer.scanned)} events were read`;
    const open =
      answer.unfinished === 0 ? "" : `; ${counted(answer.unfinished, "frame")} without a known end`;
    err.line(err.color.dim(`${formatNs(answer.totalNs)} in all${open}${bound}`));
    return answer.roots.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}
