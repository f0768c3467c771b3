import { cite, type Detector, recheck, times } from "./finding.ts";

const NAME = "boundary_leak";

/** Calls past a context's door, where contexts were looked at and such calls recorded. */
export const boundaryLeak: Detector = {
  name: NAME,
  looksFor: "calls past the doors of contexts",
  level: "calls",
  sees: ({ leaks }) => leaks.length > 0,
  detect: ({ leaks }) =>
    leaks.flatMap(({ caller, callee, context, place, calls }) => {
      const [first] = calls;
      if (!first) return [];
      const at = place === null ? "" : ` (${place})`;
      return [
        recheck(NAME, {
          summary: `${caller}${at} called ${callee} past the door of ${context}, ${times(calls.length)}.`,
          processes: calls.flatMap(({ process }) => process ?? []).slice(0, 3),
          t: first.t,
          until: calls.at(-1)!.t,
          evidence: cite(...calls.slice(0, 4).map(({ id }) => id)),
          confirm: "Whether it is meant: `elixirscope boundaries` takes such calls from a file.",
          todo: `Give ${context} a function for it, and call that.`,
          score: 0.3,
        }),
      ];
    }),
};
