import type { CriticalRow, EventRow, PathStep } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { eventText } from "../event-text.ts";
import { filterInput } from "../filter-options.ts";
import { clip, counted, formatNs, printable, processText } from "../format.ts";
import type { Instant } from "../instant.ts";
import { requestGist } from "../message-gist.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface PathOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly inFlow?: string | undefined;
  readonly request?: number | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
}

/** What a flow, a request or a process did, as one tree. */
export function path(context: Context, node: string | undefined, options: PathOptions): Promise<number> {
  const { process, inFlow, request, from, to, limit } = options;
  if ([process, inFlow, request].filter((one) => one !== undefined).length !== 1)
    throw usageError("Say whose path: --process, --in-flow or --request, one of them.");
  const level = options.level ?? (options.trace ? undefined : "state");
  return question(context, node, { ...options, level }, async (client) => {
    const window = await filterInput(client, { process, inFlow, from, to });
    const answer = await client.call("path", {
      ...window,
      limit,
      ...(request === undefined ? {} : { request }),
    });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else for (const root of answer.roots) printStep(context, root, 0);
    if (answer.cut || !answer.complete) err.line(err.color.dim("There is more; --limit for more of it."));
    return answer.roots.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

function printStep(context: Context, step: PathStep, depth: number): void {
  const { out } = context;
  const took = step.durationNs === null ? "" : formatNs(step.durationNs);
  const sign = SIGNS[step.type] ?? step.type;
  const who = step.type === "flow" || depth === 0 ? `${processText(step.process)}  ` : "";
  const text = `${"  ".repeat(Math.min(depth, 30))}${sign} ${who}${requestGist(step.text)}`;
  const head = `${took.padStart(8)}  `;
  const line = clip(printable(text), out.isTTY ? out.columns - head.length : 400);
  out.line(`${out.color.dim(head)}${step.failed ? out.color.red(line) : line}`);
  for (const child of step.children) printStep(context, child, depth + 1);
}

const SIGNS: Readonly<Record<string, string>> = {
  flow: "▸",
  callback: "[]",
  call: "()",
  send: "→",
  flow_send: "→",
  send_to_dead: "↛",
  receive: "←",
  flow_receive: "←",
  spawn: "+",
  exit: "✗",
};

/** Of commands that ask the running ElixirScope or a recording, and attach to nothing. */
export interface AskOptions {
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly json?: boolean | undefined;
}

async function ask(
  context: Context,
  { recording, node }: AskOptions,
  answer: (client: Client) => Promise<number>,
): Promise<number> {
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const target = await openTarget(context, { recording, node, attach: {} });
  try {
    return await answer(target.client);
  } finally {
    await target.close();
  }
}

/** What made a flow last as long as it did. */
export function critical(context: Context, flow: string, options: AskOptions): Promise<number> {
  return ask(context, options, async (client) => {
    const answer = await client.call("criticalPath", { flow });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else out.line(renderTable(columnsOf(answer.totalNs), answer.rows, out.columns, out.color));
    const { totalNs, workNs, waitNs, unknownNs } = answer;
    const unknown = unknownNs === 0 ? "" : `, ${formatNs(unknownNs)} not known`;
    if (!options.json)
      err.line(
        err.color.dim(
          `${answer.flow.title}: ${formatNs(totalNs)}, of it ${formatNs(workNs)} work, ${formatNs(waitNs)} waiting${unknown}`,
        ),
      );
    return EXIT.ok;
  });
}

const columnsOf = (totalNs: number): readonly Column<CriticalRow>[] => [
  { title: "TOOK", value: (row) => formatNs(row.durationNs), align: "right" },
  {
    title: "SHARE",
    value: (row) => (totalNs === 0 ? "-" : `${((row.durationNs / totalNs) * 100).toFixed(1)}%`),
    align: "right",
    dispensable: 1,
  },
  { title: "WHAT", value: (row) => row.type },
  { title: "PROCESS", value: (row) => processText(row.process), shrinksTo: 16 },
  { title: "MESSAGE", value: (row) => requestGist(row.text), shrinksTo: 24 },
];

export interface LastEventsOptions extends AskOptions {
  readonly limit: number;
}

/** What a process did last before it ended. */
export function lastEvents(context: Context, process: string, options: LastEventsOptions): Promise<number> {
  return ask(context, options, async (client) => {
    const { rows, more } = await client.call("lastEvents", { process, limit: options.limit });
    const { out, err } = context;
    const print = (row: EventRow): void => {
      if (options.json) jsonLine(out, row);
      else out.line(eventText(row, out.isTTY ? out.columns : Infinity, out.color));
    };
    for (const row of rows) print(row);
    if (more && !options.json)
      err.line(err.color.dim(`The last ${counted(rows.length, "event")}; --limit for more.`));
    return EXIT.ok;
  });
}
