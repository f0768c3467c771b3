import type { ReactElement } from "react";
import { Link } from "wouter";
import { go, useHref } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";
import { say } from "./notice.ts";

/** Ids of the events that a sentence follows from. Each selects its event and takes the cursor to its instant. */
export function Cites({ ids }: { readonly ids: readonly number[] }): ReactElement {
  return (
    <span className="cites">
      {ids.map((id) => (
        <Cite key={id} id={id} />
      ))}
    </span>
  );
}

function Cite({ id }: { readonly id: number }): ReactElement {
  const href = useHref();
  return (
    <Link
      href={href({ selection: { type: "event", id } })}
      className="cite mono"
      title="Show this event, and how all was at its instant"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        void goToEvent(id);
      }}
    >
      {id}
    </Link>
  );
}

/** The event is selected at once; its instant has to be asked for. */
async function goToEvent(id: number): Promise<void> {
  go({ selection: { type: "event", id } });
  try {
    const { t } = await ask("event", { id });
    go(
      ({ selection, cursor }) => ({
        cursor: selection?.type === "event" && selection.id === id ? t : cursor,
      }),
      { replace: true },
    );
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
