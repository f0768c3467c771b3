import { useEffect, useRef } from "react";
import { go, placeNow } from "../../place/use-place.ts";
import { ask } from "../../server/ask.ts";
import { useRunning, useStatus } from "../../server/hooks.ts";

/** In a recording, where nothing runs away, a link to an event goes to its instant; live one stays with what comes. */
export function useShowSelected(): void {
  const isThere = useStatus() !== undefined;
  const running = useRunning();
  const asked = useRef(false);
  useEffect(() => {
    if (!isThere || asked.current) return;
    asked.current = true;
    const { selection, cursor } = placeNow();
    if (running || selection?.type !== "event" || cursor !== "live") return;
    const { id } = selection;
    const show = (t: number): void => {
      const now = placeNow();
      const isSame = now.selection?.type === "event" && now.selection.id === id;
      if (now.view === "events" && now.cursor === "live" && isSame) go({ cursor: t }, { replace: true });
    };
    // The inspector says what is wrong with an event that is not there.
    ask("event", { id }).then(
      ({ t }) => show(t),
      () => undefined,
    );
  }, [isThere, running]);
}
