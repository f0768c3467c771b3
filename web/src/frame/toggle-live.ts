import { go } from "../place/use-place.ts";
import { liveState } from "../server/live.ts";

/** Pins the cursor to this instant, or lets it follow now again. */
export function toggleLive(): void {
  go(({ cursor }) => ({ cursor: cursor === "live" ? (liveState().status?.t ?? 0) : "live" }), {
    replace: true,
  });
}
