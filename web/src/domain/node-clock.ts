import type { NodeClock } from "elixirscope/protocol";
import { duration } from "./format.ts";

/** Where a node's clock stands beside the timeline's, `3.2 ms ahead ± 0.4 ms`; empty where that is not known. */
export function clockWords(clock: NodeClock | null): string {
  if (clock === null) return "";
  if (clock.isTimeline) return "the timeline's clock";
  const { aheadNs, errorNs, correctedNs } = clock;
  const off = `${duration(Math.abs(aheadNs))} ${aheadNs < 0 ? "behind" : "ahead"} ± ${duration(errorNs)}`;
  return correctedNs === 0 ? off : `${off}, put right`;
}
