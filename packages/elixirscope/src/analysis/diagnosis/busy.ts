import type { Facts } from "./facts.ts";
import { cite, type Detector, duration, type Finding, grouped, recheck } from "./finding.ts";
import type { TurnFact } from "./more-facts.ts";

const BUSY = "busy_process";
const SHARE = 0.5;
/** Reductions a second: less is no load. */
const BUSY_RATE = 2e6;
/** So many turns tell what wakes a process, if so large a part of them is of one sort. */
const OFTEN = 100;
const MOSTLY = 0.8;
/** A timeout that comes again so soon is one of 0 ms: the process never waits. */
const SPINS_NS = 1e6;

/** Who uses the processors. */
export const busyProcess: Detector = {
  name: BUSY,
  looksFor: "processes that use most of the processors' time",
  level: "observe",
  sees: ({ counts }) => (counts.sample ?? 0) > 0,
  detect: (facts) => {
    const most = busiest(facts);
    const handles = new Set(most.flatMap(({ processes }) => processes.map(({ handle }) => handle)));
    const own = [...grouped(facts.turns, ({ process }) => process.handle)];
    return [...most, ...own.flatMap(([handle, turns]) => (handles.has(handle) ? [] : spinning(turns)))];
  },
};

function busiest({ busy, from, to, turns }: Facts): readonly Finding[] {
  const [most] = busy;
  if (!most || most.share < SHARE || most.samples < 3) return [];
  const rate = most.reductions / Math.max(1, (to - from) / 1e9);
  if (rate < BUSY_RATE) return [];
  const { process, share, at, working, samples, id } = most;
  const again = mostlyAt(turns.filter((one) => one.process.handle === process.handle));
  return [
    recheck(BUSY, {
      summary: `${process.label} did ${Math.round(share * 100)} % of all work (reductions), and was at it in ${working} of ${samples} samples${at === null ? "" : `, of late in ${at}`}.${again ? ` It was in ${again.text}.` : ""}`,
      processes: [process],
      t: from,
      until: to,
      evidence: cite(id, ...(again?.ids ?? [])),
      confirm: "Level calls on its module shows which function it is in.",
      todo: `See what wakes ${process.label}: a loop that sends to itself or waits 0 ms, or a computation that could be split or kept.`,
      score: 0.5,
    }),
  ];
}

/** A callback returned a timeout of 0 ms, and returns it again when that has come. */
function spinning(turns: readonly TurnFact[]): readonly Finding[] {
  const again = mostlyAt(turns);
  const [first] = turns;
  if (!first || !again || again.name !== "timeout" || again.everyNs > SPINS_NS) return [];
  return [
    recheck(BUSY, {
      summary: `${first.process.label} never waits: it was in ${again.text}.`,
      processes: [first.process],
      t: first.t,
      until: turns.at(-1)!.t,
      evidence: cite(...again.ids),
      confirm: "Whether it is to work without a pause.",
      todo: `Look at the timeout that the callbacks of ${first.process.label} return ({:noreply, state, timeout}): 0 ms means at once, each time. Use Process.send_after/3 for what is to happen now and then.`,
      score: 0.5,
    }),
  ];
}

interface Again {
  readonly name: string;
  readonly text: string;
  readonly everyNs: number;
  readonly ids: readonly number[];
}

/** The callback that nearly all of its turns were, if there is one: what wakes it. */
function mostlyAt(turns: readonly TurnFact[]): Again | undefined {
  const sorts = [...grouped(turns, ({ callback, name }) => `${callback} ${name}`).values()];
  const [most] = sorts.toSorted((a, b) => b.length - a.length);
  const [first, last] = [most?.[0], most?.at(-1)];
  if (!most || !first || !last || most.length < OFTEN || most.length < turns.length * MOSTLY)
    return undefined;
  const everyNs = (last.t - first.t) / (most.length - 1);
  const what = first.name === "" ? "" : ` for :${first.name}`;
  return {
    name: first.name,
    text: `${first.callback}${what} ${most.length} times, each ${duration(everyNs)} after the one before`,
    everyNs,
    ids: [first.id, last.id],
  };
}
