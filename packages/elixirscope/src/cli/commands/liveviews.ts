import type { LiveViewAnswer, LiveViewRow, LiveViewStepRow } from "../../protocol/index.ts";
import { assignText, componentLines } from "../component-text.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { formatBytes, formatNs, printable } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import { findRunning, notRunning } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import type { RequestOptions } from "./request.ts";
import { clockTime, printRows } from "./rows.ts";

export interface LiveViewsOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly show?: string | undefined;
  readonly limit: number;
}

/** LiveViews, or with `--show` one of them with its history. */
export function liveviews(
  context: Context,
  node: string | undefined,
  options: LiveViewsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    if (options.show !== undefined) {
      const answer = await client.call("liveView", { liveView: options.show });
      if (options.json) jsonLine(context.out, answer);
      else print(context, answer);
      return EXIT.ok;
    }
    const { rows, complete } = await client.call("liveViews", {
      ...onNode(options),
      limit: options.limit,
      ...(options.search === undefined ? {} : { search: options.search }),
    });
    printRows(context, options, { rows, complete, columns: COLUMNS, noun: "LiveView" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** One LiveView with its history. */
export async function liveview(context: Context, id: string, options: RequestOptions): Promise<number> {
  const { recording } = options;
  // Attaching for the moment would answer nothing: what it did is not in that record.
  if (recording === undefined && !(await findRunning(context.env))) throw notRunning();
  return liveviews(context, undefined, { ...options, show: id, limit: 1 });
}

const last = ({ processes }: LiveViewRow): string => processes.at(-1)?.pid ?? "-";

const COLUMNS: readonly Column<LiveViewRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 3 },
  { title: "ID", value: (row) => row.id },
  { title: "VIEW", value: ({ views }) => (views.length > 0 ? views.join(" → ") : "-"), shrinksTo: 16 },
  { title: "PROCESS", value: last },
  { title: "", value: (row) => (row.alive ? "alive" : "gone") },
  { title: "MOUNTS", value: (row) => String(row.mounts), align: "right", dispensable: 2 },
  { title: "EVENTS", value: (row) => String(row.events), align: "right" },
  { title: "MESSAGES", value: (row) => String(row.messages), align: "right" },
  { title: "RENDERS", value: (row) => String(row.renders), align: "right" },
  { title: "RENDERING", value: (row) => formatNs(row.renderNs), align: "right", dispensable: 1 },
  { title: "CRASHES", value: (row) => String(row.crashes), align: "right" },
];

function print({ out }: Context, answer: LiveViewAnswer): void {
  const views = answer.views.length > 0 ? answer.views.join(" → ") : "LiveView";
  out.line(printable(`${views}  ${answer.id}  ${answer.processes.map(({ pid }) => pid).join(" → ")}`));
  out.line(renderTable(STEPS, answer.steps, out.columns, out.color));
  if (answer.components.length > 0) out.line("");
  for (const line of componentLines(answer.components, out.color)) out.line(line);
}

const changes = ({ assigns }: LiveViewStepRow): string => assigns.map(assignText).join(", ");

const what = ({ type, cid, failed }: LiveViewStepRow): string =>
  `${type.replaceAll("_", " ")}${cid === null ? "" : ` ${cid}`}${failed ? "!" : ""}`;

const name = ({ name: text, bytes }: LiveViewStepRow): string =>
  bytes === null ? text : `${text}, ${formatBytes(bytes)}`;

const STEPS: readonly Column<LiveViewStepRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at) },
  { title: "EVENT", value: (row) => String(row.id), align: "right", dispensable: 2 },
  { title: "FLOW", value: (row) => row.flow ?? "-", dispensable: 3 },
  { title: "WHAT", value: what },
  { title: "NAME", value: name, shrinksTo: 12 },
  {
    title: "TOOK",
    value: (row) => (row.durationNs === null ? "-" : formatNs(row.durationNs)),
    align: "right",
  },
  { title: "WITH", value: (row) => row.detail?.text ?? "", shrinksTo: 16 },
  { title: "CHANGED", value: changes, shrinksTo: 16, dispensable: 1 },
];
