import type { RecordingEntry } from "../../daemon.ts";
import { EXIT } from "../errors.ts";
import { formatBytes, formatCount } from "../format.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";

export interface RecordingsOptions {
  readonly json?: boolean | undefined;
}

/** Lists what was recorded into the ClickHouse server that the environment names. */
export async function recordings({ out, err, env }: Context, { json }: RecordingsOptions): Promise<number> {
  const { recordings: list } = await import("../../daemon.ts");
  const rows = await list(env);
  if (json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
  else err.line(err.color.dim("There are no recordings on this server."));
  return EXIT.ok;
}

const COLUMNS: readonly Column<RecordingEntry>[] = [
  { title: "RECORDING", value: (row) => row.recording, shrinksTo: 20 },
  { title: "NODES", value: (row) => row.nodes.join(", "), shrinksTo: 16, dispensable: 1 },
  { title: "EVENTS", value: (row) => formatCount(row.events), align: "right" },
  { title: "SIZE", value: (row) => formatBytes(row.bytes), align: "right" },
  { title: "STARTED", value: (row) => row.startedAt },
  { title: "ENDED", value: (row) => row.endedAt || "–", dispensable: 2 },
];
