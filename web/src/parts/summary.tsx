import type { EventRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { gistOf } from "../domain/gist.ts";
import { TermInline } from "./term-inline.tsx";

const MESSAGES: ReadonlySet<EventRow["kind"]> = new Set(["send", "receive", "send_to_dead"]);

const LINKS: ReadonlySet<EventRow["kind"]> = new Set([
  "link",
  "unlink",
  "getting_linked",
  "getting_unlinked",
]);

/** An event's one line. Of a message in an OTP envelope: which sort it is, and its content; the inspector has all of it. */
export function Summary({ row }: { readonly row: EventRow }): ReactElement | null {
  // The other process stands beside it by name already.
  if (LINKS.has(row.kind) && row.peer) return null;
  const { sort, text } = MESSAGES.has(row.kind)
    ? gistOf(row.summary)
    : { sort: undefined, text: row.summary };
  return (
    <>
      {sort && <span className="sort">{sort}</span>}
      <TermInline text={text} />
    </>
  );
}
