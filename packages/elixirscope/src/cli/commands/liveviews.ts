import type { LiveViewAnswer, LiveViewRow, LiveViewStepRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { formatNs } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
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
      limit: options.limit,
      ...(options.search === undefined ? {} : { search: options.search }),
    });
    printRows(context, options, { rows, complete, columns: COLUMNS, noun: "LiveView" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const last = ({ processes }: LiveViewRow): string => processes.at(-1)?.pid ?? "-";

const COLUMNS: readonly Column<LiveViewRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 3 },
  { title: "ID", value: (row) => row.id },
  { title: "VIEW", value: (row) => row.view ?? "-", shrinksTo: 16 },
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
  out.line(
    `${answer.view ?? "LiveView"}  ${answer.id}  ${answer.processes.map(({ pid }) => pid).join(" → ")}`,
  );
  out.line(renderTable(STEPS, answer.steps, out.columns, out.color));
  if (answer.components.length > 0) out.line("");
  for (const { cid, module, parent, assigns } of answer.components)
    out.line(
      `component ${cid}${parent === null ? "" : ` in ${parent}`}  ${module}  ${assigns.map(({ key, value }) => `${key}: ${value.text}`).join(", ")}`,
    );
}

const changes = ({ assigns }: LiveViewStepRow): string =>
  assigns
    .map(({ key, before, after }) => `${key}: ${before ? `${before.text} → ` : ""}${after?.text ?? "gone"}`)
    .join(", ");

const STEPS: readonly Column<LiveViewStepRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at) },
  { title: "EVENT", value: (row) => String(row.id), align: "right", dispensable: 2 },
  { title: "FLOW", value: (row) => row.flow ?? "-", dispensable: 3 },
  { title: "WHAT", value: (row) => `${row.type.replaceAll("_", " ")}${row.failed ? "!" : ""}` },
  { title: "NAME", value: (row) => row.name, shrinksTo: 12 },
  {
    title: "TOOK",
    value: (row) => (row.durationNs === null ? "-" : formatNs(row.durationNs)),
    align: "right",
  },
  { title: "WITH", value: (row) => row.detail?.text ?? "", shrinksTo: 16 },
  { title: "CHANGED", value: changes, shrinksTo: 16, dispensable: 1 },
];
