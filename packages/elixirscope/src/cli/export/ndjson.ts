import type { Client } from "../client.ts";
import type { Exporting } from "./exporting.ts";
import { exportedEvents } from "./source.ts";

/** Events one a line, as `events --json` has them, each with its term. */
export async function exportNdjson(client: Client, exporting: Exporting): Promise<void> {
  const { out, events, progress } = exporting;
  let text = "";
  for await (const row of exportedEvents(client, events)) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length > PIECE) {
      await out.write(text);
      text = "";
    }
    if (progress.did(row.t)) return;
  }
  await out.write(text);
}

/** Characters that are handed on at a time. */
const PIECE = 65_536;
