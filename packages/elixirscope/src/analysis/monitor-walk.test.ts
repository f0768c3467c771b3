import * as fc from "fast-check";
import { expect, it } from "vitest";
import { NONE } from "../model/index.ts";
import { type MonitorEvent, untoldMonitors, walkMonitors } from "./monitor-walk.ts";

const ME = 1;
const MONITOR = 7;
const RESULT = 9;

/** What one process does: monitors a process, or takes away the n-th of the monitors that it has. */
type Step = { readonly monitor: number } | { readonly take: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ monitor: fc.integer({ min: 2, max: 4 }) }),
    fc.record({ take: fc.integer({ min: 0, max: 5 }) }),
  ),
  { maxLength: 30 },
);

interface Lived {
  readonly events: readonly MonitorEvent[];
  /** Whom it monitors after so many steps. */
  readonly truth: readonly (readonly number[])[];
}

/** Events of the steps from `seen` on; step `i` happens at time `10 * i`. */
function live(all: readonly Step[], seen: number): Lived {
  const events: MonitorEvent[] = [];
  const truth: number[][] = [[]];
  let open: readonly { readonly peer: number; readonly ref: number }[] = [];
  const tell = (at: number, event: Pick<MonitorEvent, "kind" | "peer" | "mfa" | "tag" | "payload">): void => {
    if (at >= seen) events.push({ ...event, id: events.length, ts: BigInt(10 * at), pid: ME });
  };
  for (const [at, step] of all.entries()) {
    const payload = Uint8Array.of(at);
    if ("monitor" in step) {
      tell(at, { kind: "monitor", peer: step.monitor, mfa: MONITOR, tag: 0, payload: Uint8Array.of(0) });
      tell(at, { kind: "monitor", peer: NONE, mfa: MONITOR, tag: RESULT, payload });
      open = [...open, { peer: step.monitor, ref: at }];
    } else if (open.length > 0) {
      const { ref } = open[step.take % open.length]!;
      tell(at, { kind: "demonitor", peer: NONE, mfa: 0, tag: 0, payload: Uint8Array.of(ref) });
      open = open.filter((one) => one.ref !== ref);
    }
    truth.push(open.map(({ peer }) => peer));
  }
  return { events, truth };
}

const sorted = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b);

it("tells each monitor once, whenever the process is looked at after tracing began", () => {
  fc.assert(
    fc.property(steps, fc.nat(30), fc.nat(30), (all, from, after) => {
      const seen = Math.min(from, all.length);
      const looked = Math.min(seen + after, all.length);
      const { events, truth } = live(all, seen);
      const { spans, unknown } = walkMonitors(events, RESULT);
      // Of monitors from before, which one was taken away is not known; how many, is.
      const untold = untoldMonitors(truth[looked]!, BigInt(10 * looked - 5), spans);
      const holding = spans.filter(({ taken }) => taken === undefined).map(({ set }) => set.peer);
      const told = [...untold, ...holding];
      const takenSince = unknown.filter(({ ts }) => ts > BigInt(10 * looked - 5)).length;
      expect(told).toHaveLength(truth.at(-1)!.length + takenSince);
      if (takenSince === 0) expect(sorted(told)).toEqual(sorted(truth.at(-1)!));
    }),
    { numRuns: 500 },
  );
});
