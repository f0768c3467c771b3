import type { UseQueryResult } from "@tanstack/react-query";
import type { Input, Output, Snapshot, SnapshotInput } from "elixirscope/protocol";
import { useState } from "react";
import { useInstant } from "../place/use-instant.ts";
import type { AskError } from "./ask.ts";
import { useAnswer, useLastEventId } from "./hooks.ts";

/** Questions that take an instant of the past. */
type AtMethod =
  | "requests"
  | "liveViews"
  | "liveView"
  | "topics"
  | "broadcasts"
  | "channels"
  | "presences"
  | "queries"
  | "jobs"
  | "lines"
  | "lineHistory";

/**
 * The instant to ask about: the cursor's, once the answer before is here. So a dragged cursor asks one question at a
 * time, and ends with the one that it was dropped at.
 */
function useAskedInstant(): readonly [number | undefined, (isFetching: boolean) => void] {
  const instant = useInstant();
  const [asked, setAsked] = useState(instant);
  return [
    asked,
    (isFetching) => {
      if (asked !== instant && !isFetching) setAsked(instant);
    },
  ];
}

/** A question of now that is kept current, or of the cursor's instant, whose answer stays as it is. */
export function useAnswerAt<M extends AtMethod>(
  method: M,
  input: Input<M>,
): UseQueryResult<Output<M>, AskError> {
  const [asked, settle] = useAskedInstant();
  const lastEventId = useLastEventId();
  const there = asked === undefined ? input : { ...input, t: asked };
  const answer = useAnswer(method, there, { version: asked === undefined ? lastEventId : 0 });
  settle(answer.isFetching);
  return answer;
}

/** How everything stood at the cursor's instant; asks nothing while live. */
export function useSnapshot(input: Omit<SnapshotInput, "t">): UseQueryResult<Snapshot, AskError> {
  const [asked, settle] = useAskedInstant();
  const answer = useAnswer("snapshotAt", { ...input, t: asked ?? 0 }, { enabled: asked !== undefined });
  settle(answer.isFetching);
  return answer;
}
