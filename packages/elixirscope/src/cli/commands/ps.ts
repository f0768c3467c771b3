import type { ProcessRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { type OnOption, onNode } from "../filter-options.ts";
import { counted, formatBytes, formatCount, processText } from "../format.ts";
import { jsonLine } from "../output.ts";
import { settle } from "../settle.ts";
import { type Column, renderTable } from "../table.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import type { SortKey } from "../vocabulary.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface PsOptions extends AttachOptions, OnOption {
  readonly recording?: string | undefined;
  readonly sort: SortKey;
  readonly limit: number;
  readonly all?: boolean | undefined;
  readonly search?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Where the text is the order, A comes first; where it is a figure, the largest one does. */
const orderOf = (sort: SortKey): "asc" | "desc" => (sort === "label" || sort === "pid" ? "asc" : "desc");

/** The processes of a node, as `top` would show them. */
export async function ps(context: Context, node: string | undefined, options: PsOptions): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  const target = await openTarget(context, {
    node: named || undefined,
    recording: options.recording,
    attach,
    redact: options.redact,
  });
  try {
    if (target.kind === "brief") await settle(target.client);
    const list = await target.client.call("processes", {
      sort: options.sort,
      order: orderOf(options.sort),
      limit: options.limit,
      ...onNode(options),
      ...(options.all ? {} : { alive: true }),
      ...(options.search === undefined ? {} : { search: options.search }),
    });
    if (options.json) {
      jsonLine(context.out, list);
    } else {
      const { out, err } = context;
      if (list.rows.length > 0) out.line(renderTable(COLUMNS, list.rows, out.columns, out.color));
      const more = list.total > list.rows.length ? `${formatCount(list.rows.length)} of ` : "";
      err.line(err.color.dim(`${more}${counted(list.total, "process", "processes")}`));
    }
    return list.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  } finally {
    await target.close();
  }
}

const figure = (n: number | null, format: (n: number) => string): string => (n === null ? "-" : format(n));

const COLUMNS: readonly Column<ProcessRow>[] = [
  { title: "PID", value: (row) => row.pid.replace("#PID", "") },
  { title: "PROCESS", value: (row) => processText(row), shrinksTo: 20 },
  { title: "MEMORY", value: (row) => figure(row.memory, formatBytes), align: "right" },
  { title: "MAILBOX", value: (row) => figure(row.mailbox, formatCount), align: "right" },
  { title: "REDUCTIONS", value: (row) => figure(row.reductions, formatCount), align: "right" },
  { title: "STATUS", value: (row) => (row.alive ? (row.status ?? "-") : "gone"), dispensable: 1 },
  { title: "APPLICATION", value: (row) => row.application ?? "-", dispensable: 2 },
  { title: "CURRENTLY IN", value: (row) => row.currentFunction, shrinksTo: 16, dispensable: 3 },
];
