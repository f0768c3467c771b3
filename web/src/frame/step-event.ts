import type { EventRow } from "elixirscope/protocol";
import { say } from "../parts/notice.ts";
import { go, placeNow } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";

/** Selects the next or previous event that matches the filters, or the next one of the same process, and moves the cursor to it. */
export async function stepEvent(direction: "older" | "newer", sameProcess: boolean): Promise<void> {
  try {
    const row = await neighbour(direction, sameProcess);
    if (row) show(row);
    else say(direction === "older" ? "No earlier event matches." : "No later event matches yet.");
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

async function neighbour(direction: "older" | "newer", sameProcess: boolean): Promise<EventRow | undefined> {
  const { selection, filters, cursor, view, process: page } = placeNow();
  const from = selection?.type === "event" ? await ask("event", { id: selection.id }) : undefined;
  const process = (sameProcess && from?.process?.handle) || (view === "process" ? page : filters.process);
  if (!from && cursor === "live" && direction === "newer") return undefined;
  const instant = cursor === "live" ? {} : direction === "older" ? { to: cursor } : { from: cursor };
  const edge = from ? (direction === "older" ? { beforeId: from.id } : { afterId: from.id }) : instant;
  const answer = await ask("events", {
    ...filters,
    ...(process && { process }),
    ...edge,
    order: direction === "older" ? "newest_first" : "oldest_first",
    limit: 1,
  });
  return answer.rows[0];
}

const show = (row: EventRow): void =>
  go({ selection: { type: "event", id: row.id }, cursor: row.t }, { replace: true });
