import type { CrashAnswer, CrashRow, EventRow } from "../../protocol/index.ts";
import { httpClient } from "../client.ts";
import { EXIT } from "../errors.ts";
import { clockOf, eventText } from "../event-text.ts";
import { onNode } from "../filter-options.ts";
import { counted, formatNs, printable, processText } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import { findRunning, notRunning, openTarget, type Target } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface CrashesOptions extends QuestionOptions {
  readonly limit: number;
}

export interface CrashOptions {
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly messages: number;
  readonly json?: boolean | undefined;
}

/** Processes that ended otherwise than in good order, the newest first. */
export function crashes(
  context: Context,
  node: string | undefined,
  options: CrashesOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, more } = await client.call("crashes", { limit: options.limit, ...onNode(options) });
    const { out, err } = context;
    if (options.json) for (const row of rows) jsonLine(out, row);
    else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
    if (!options.json)
      err.line(err.color.dim(`${counted(rows.length, "crash", "crashes")}${more ? ", and older ones" : ""}`));
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** How one process ended, and what it did last. */
export async function crash(context: Context, process: string, options: CrashOptions): Promise<number> {
  const target = await pastOf(context, options);
  try {
    const answer = await target.client.call("crash", { process, messages: options.messages });
    if (options.json) jsonLine(context.out, answer);
    else for (const line of crashLines(answer, context.out)) context.out.line(line);
    return EXIT.ok;
  } finally {
    await target.close();
  }
}

/** To attach now would tell nothing of a past that was not recorded. */
async function pastOf(context: Context, { node, recording }: CrashOptions): Promise<Target> {
  if (recording !== undefined) return openTarget(context, { node, recording, attach: {} });
  const running = await findRunning(context.env, node);
  if (!running) throw notRunning(node);
  return { client: httpClient(running), kind: "running", close: async () => undefined };
}

const COLUMNS: readonly Column<CrashRow>[] = [
  { title: "TIME", value: ({ exit }) => clockOf(exit.at) },
  { title: "PROCESS", value: ({ process }) => processText(process), shrinksTo: 16 },
  { title: "PID", value: ({ process }) => process.pid.replace("#PID", ""), dispensable: 2 },
  { title: "REASON", value: ({ reason }) => printable(reason.text), shrinksTo: 24 },
  { title: "THEN", value: (row) => reactionText(row), shrinksTo: 12, dispensable: 1 },
];

/** `restarted as <0.9.0> after 1.2 ms`. */
function reactionText({ supervision }: Pick<CrashRow, "supervision">): string {
  if (!supervision) return "-";
  const { reaction, successor, afterNs } = supervision;
  if (reaction === "gave_up") return "its supervisor ended too";
  if (reaction === "not_restarted" || !successor) return "not restarted";
  return `restarted as ${successor.pid.replace("#PID", "")} after ${formatNs(afterNs ?? 0)}`;
}

/** A report to be read from top to bottom: what happened, in which order, and what came of it. */
export function crashLines(
  answer: CrashAnswer,
  out: Pick<Context["out"], "columns" | "color">,
): readonly string[] {
  const { color } = out;
  const { process, exit, supervision } = answer;
  const rows = (title: string, events: readonly EventRow[]): readonly string[] =>
    events.length === 0
      ? []
      : ["", color.bold(title), ...events.map((row) => `  ${eventText(row, out.columns - 2, color)}`)];
  return [
    `${color.bold(processText(process))}  ${color.dim(process.pid)}  ${color.red("ended")} ${clockOf(exit.at)}`,
    ...indented(answer.reason.text),
    ...(supervision
      ? [
          "",
          color.bold("Supervisor"),
          `  ${printable(supervision.supervisor.label)}: ${reactionText(answer)}${specText(answer)}`,
        ]
      : []),
    ...rows("Working on", answer.lastMessage ? [answer.lastMessage] : []),
    ...(answer.state ? ["", color.bold("Last state"), ...indented(answer.state.state.text)] : []),
    ...rows("Received last", answer.received),
    ...rows("Sent last", answer.sent),
    ...answer.logs.flatMap((log) => [
      "",
      `${color.bold("Logged")} ${color.dim(`${log.level} ${clockOf(log.event.at)}`)}`,
      ...indented(log.text),
    ]),
    ...(answer.alsoEnded.length > 0
      ? [
          "",
          `${color.bold("Ended with it")}  ${answer.alsoEnded.map(({ label }) => printable(label)).join(", ")}`,
        ]
      : []),
    ...(answer.note === "" ? [] : ["", color.yellow(answer.note)]),
  ];
}

function specText({ supervision }: CrashAnswer): string {
  if (!supervision) return "";
  const id = supervision.childId === null ? [] : [`id ${printable(supervision.childId)}`];
  const spec = supervision.spec ? [supervision.spec.restart] : [];
  const parts = [...id, ...spec];
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

const indented = (text: string): readonly string[] => text.split("\n").map((line) => `  ${printable(line)}`);
