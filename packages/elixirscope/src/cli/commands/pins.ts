import type { PinRow } from "../../protocol/index.ts";
import { type Client, httpClient } from "../client.ts";
import { formatSeconds } from "../duration.ts";
import { EXIT } from "../errors.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

interface PinTarget {
  readonly node?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface PinsOptions extends PinTarget {
  readonly recording?: string | undefined;
}

export interface PinOptions extends PinTarget {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/** Lists what is pinned, of a recording or of the ElixirScope that runs. */
export async function pins(context: Context, options: PinsOptions): Promise<number> {
  const { recording } = options;
  if (recording === undefined)
    return print(context, await (await running(context, options)).call("pins", {}), options);
  const target = await openTarget(context, { recording, attach: {} });
  try {
    return print(context, await target.client.call("pins", {}), options);
  } finally {
    await target.close();
  }
}

/** Spares a stretch of what is being recorded from retention. */
export async function pin(context: Context, name: string, options: PinOptions): Promise<number> {
  const client = await running(context, options);
  const status = await client.call("status", {});
  const at = (instant: Instant | undefined): number | undefined =>
    instant && Math.round(resolveInstant(instant, status));
  const rows = await client.call("pin", { name, from: at(options.from), to: at(options.to) });
  return print(context, rows, options);
}

export async function unpin(context: Context, name: string, options: PinTarget): Promise<number> {
  return print(context, await (await running(context, options)).call("unpin", { name }), options);
}

async function running(context: Context, { node }: PinTarget): Promise<Client> {
  const found = await findRunning(context.env, node);
  if (!found) throw notRunning(node);
  return httpClient(found);
}

function print({ out, err }: Context, rows: readonly PinRow[], { json }: PinTarget): number {
  if (json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
  else err.line(err.color.dim("Nothing is pinned."));
  return EXIT.ok;
}

const COLUMNS: readonly Column<PinRow>[] = [
  { title: "NAME", value: (row) => row.name, shrinksTo: 12 },
  { title: "FROM", value: (row) => formatSeconds(row.from / 1e9), align: "right" },
  { title: "TO", value: (row) => formatSeconds(row.to / 1e9), align: "right" },
];
