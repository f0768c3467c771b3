import type { FoundNode } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { noNodes } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import type { WayOptions } from "../way-options.ts";
import { knownNodes } from "./choose.ts";

/** Lists what could be attached to: the nodes of this machine, or of where the way leads. */
export async function nodes(
  context: Context,
  options: WayOptions & { readonly json?: boolean },
): Promise<number> {
  const { out, err } = context;
  const rows = await knownNodes(context, options);
  if (options.json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
  else if (options.ssh === undefined && options.host === undefined) throw await noNodes(context.env);
  else err.line(err.color.dim("EPMD knows no node there."));
  return rows.length > 0 ? EXIT.ok : EXIT.notFound;
}

const COLUMNS: readonly Column<FoundNode>[] = [
  { title: "NODE", value: ({ name }) => name, shrinksTo: 12 },
  { title: "HOST", value: ({ host }) => host, shrinksTo: 10 },
  { title: "PORT", value: ({ port }) => String(port), align: "right" },
];
