import type { ReactElement } from "react";
import { Link } from "wouter";
import type { Target } from "../domain/answer-table.ts";
import type { Place } from "../place/place.ts";
import { useHref } from "../place/use-place.ts";

/** Where a target is: events are selected, instants put the cursor there, the rest has a page. */
export function placeOf(target: Target): Partial<Place> {
  switch (target.type) {
    case "event":
      return { selection: { type: "event", id: target.id } };
    case "process":
      return { view: "process", process: target.process, item: undefined, selection: undefined };
    case "flow":
      return { view: "flow", item: target.flow, selection: undefined };
    case "instant":
      return { cursor: target.t };
  }
}

const WORDS = {
  event: "Show this event",
  process: "Go to this process",
  flow: "Go to this flow",
  instant: "Go to this instant",
} as const;

/** A value in a list that leads to what it names; the row is the stop for the keyboard. */
export function TargetLink({
  target,
  text,
}: {
  readonly target: Target;
  readonly text: string;
}): ReactElement {
  const href = useHref();
  return (
    <Link href={href(placeOf(target))} title={WORDS[target.type]} tabIndex={-1}>
      {text}
    </Link>
  );
}
