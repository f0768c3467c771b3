import type { EventRow, StepInput } from "elixirscope/protocol";
import { say } from "../parts/notice.ts";
import type { Place } from "../place/place.ts";
import { filterCount } from "../place/place.ts";
import { go, placeNow } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";

/** What a step stays within. */
export type StepBy = "event" | "process" | "flow";
type Direction = "older" | "newer";

/** Moves the cursor to the next or previous event, of all that match, of the selected process or of its flow, and selects it. */
export async function stepEvent(direction: Direction, by: StepBy): Promise<void> {
  try {
    const place = placeNow();
    const found = by === "event" ? await matching(place, direction) : await within(place, direction, by);
    if (typeof found === "string") say(found);
    else go({ selection: { type: "event", id: found.id }, cursor: found.t }, { replace: true });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

const backward = (direction: Direction): StepInput["direction"] =>
  direction === "older" ? "backward" : "forward";

/** Where the step begins: behind the selected event, else at the cursor, else at the end. */
function start({ selection, cursor }: Place): { readonly cursor?: number; readonly t?: number } {
  if (selection?.type === "event") return { cursor: selection.id };
  return cursor === "live" ? {} : { t: cursor };
}

async function within(
  place: Place,
  direction: Direction,
  by: "process" | "flow",
): Promise<EventRow | string> {
  const from = start(place);
  if (place.cursor === "live" && from.cursor === undefined && direction === "newer") return NO_LATER;
  if (by === "flow") {
    const flow = place.view === "flow" ? place.item : undefined;
    if (flow === undefined && from.cursor === undefined)
      return "No event is chosen: its flow would be what is stepped through.";
    const answer = await ask("step", { ...from, direction: backward(direction), by, ...(flow && { flow }) });
    return answer.event ?? answer.why;
  }
  const process = await processOf(place);
  if (process === undefined) return "No process is chosen, nor an event of one.";
  const answer = await ask("step", { ...from, direction: backward(direction), by, process });
  return answer.event ?? answer.why;
}

async function processOf({ selection, view, process, filters }: Place): Promise<string | undefined> {
  if (selection?.type === "process") return selection.process;
  if (view === "process") return process;
  const event = selection ? await ask("event", { id: selection.id }) : undefined;
  return event?.process?.handle ?? filters.process;
}

const NO_LATER = "No later event matches yet.";

/** The neighbour among the events on screen: those that match the filters, on a process's page its own. */
async function matching(place: Place, direction: Direction): Promise<EventRow | string> {
  const { filters, view, process } = place;
  const page = view === "process" ? process : undefined;
  const from = start(place);
  if (place.cursor === "live" && from.cursor === undefined && direction === "newer") return NO_LATER;
  if (filterCount(filters) === 0 && page === undefined) {
    const answer = await ask("step", { ...from, direction: backward(direction), by: "event" });
    return answer.event ?? (direction === "older" ? "This is the first event." : NO_LATER);
  }
  const { rows } = await ask("events", {
    ...filters,
    ...(page !== undefined && { process: page }),
    ...boundOf(from, direction),
    order: direction === "older" ? "newest_first" : "oldest_first",
    limit: 1,
  });
  return rows[0] ?? (direction === "older" ? "No earlier event matches." : NO_LATER);
}

function boundOf({ cursor, t }: ReturnType<typeof start>, direction: Direction): object {
  if (cursor !== undefined) return direction === "older" ? { beforeId: cursor } : { afterId: cursor };
  if (t === undefined) return {};
  return direction === "older" ? { to: t } : { from: t };
}
