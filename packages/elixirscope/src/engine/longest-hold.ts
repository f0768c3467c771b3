import { monitorEventLoopDelay } from "node:perf_hooks";

/** Begins to watch how long this thread is held at a time; the result ends it and tells the longest, ms. */
export function longestHold(): () => number {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  return () => {
    delays.disable();
    return delays.max / 1e6;
  };
}
