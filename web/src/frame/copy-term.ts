import { say } from "../parts/notice.ts";
import { placeNow } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";

/** Copies an event's term, that of the selected one where none is named, as Elixir source; says so, or why not. */
export async function copyTerm(id: number | undefined = selectedEvent()): Promise<void> {
  if (id === undefined) {
    say("Select an event first: its term is what is copied.");
    return;
  }
  try {
    const { term } = await ask("event", { id });
    await navigator.clipboard.writeText(term.text);
    say(term.truncated ? "Copied what was recorded of the term; it was cut." : "Copied as Elixir.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function selectedEvent(): number | undefined {
  const { selection } = placeNow();
  return selection?.type === "event" ? selection.id : undefined;
}
