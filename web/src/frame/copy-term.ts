import { say } from "../parts/notice.ts";
import { placeNow } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";

/** Copies the selected event's term as Elixir source; says so, or why not. */
export async function copyTerm(): Promise<void> {
  const { selection } = placeNow();
  if (selection?.type !== "event") {
    say("Select an event first: its term is what is copied.");
    return;
  }
  try {
    const { term } = await ask("event", { id: selection.id });
    await navigator.clipboard.writeText(term.text);
    say(term.truncated ? "Copied what was recorded of the term; it was cut." : "Copied as Elixir.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}
