import { go } from "../place/use-place.ts";
import { nowInstant } from "../server/live.ts";

/** Pins the cursor to this instant, or lets it follow now again. */
export function toggleLive(): void {
  go(({ cursor }) => ({ cursor: cursor === "live" ? nowInstant() : "live" }), {
    replace: true,
  });
}
