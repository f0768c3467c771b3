import type { Facts, TimerFact } from "./facts.ts";
import { cite, type Detector, duration, type Finding, grouped, recheck, times, warn } from "./finding.ts";
import type { SendFact } from "./more-facts.ts";
import { quarters } from "./rise.ts";

const STOPPED = "timer_stopped";
const PILEUP = "timer_pileup";
/** Shorter records show no trend. */
const TREND_NS = 2e9;
const LATELY = 20;
/** Settings from which on there is a rhythm. */
const RHYTHM = 4;
/** A busy machine is late by so much. */
const LATE_NS = 1.2e9;

/** Timers that set themselves again, and become more and more; intervals that are started beside each other. */
export const timerPileup: Detector = {
  name: PILEUP,
  looksFor: "timers that become more and more",
  level: "messages",
  sees: ({ counts }) => (counts.timer ?? 0) > 0,
  detect: (facts) => [
    ...facts.timers.flatMap((timer) => piled(timer, facts)),
    ...[
      ...grouped(
        facts.sends.filter(({ from }) => from.label === ":timer_server"),
        ({ to, text }) => `${to.handle} ${text}`,
      ).values(),
    ].flatMap((group) => intervals(group, facts)),
  ],
};

/** In four equal parts of the record: how many, if they become more from each to the next. */
function more(
  list: readonly { readonly t: number }[],
  { from, to }: Pick<Facts, "from" | "to">,
): readonly number[] | undefined {
  const counts = quarters(list, from, to);
  const [a = 0, b = 0, c = 0, d = 0] = counts;
  const grows = a < b && b < c && c < d && d >= 3 * Math.max(1, a) && d >= LATELY;
  return grows && to - from >= TREND_NS ? counts : undefined;
}

const listed = (counts: readonly number[]): string => `${counts.slice(0, 3).join(", ")} and ${counts[3]}`;

function piled({ process, message, set }: TimerFact, facts: Facts): readonly Finding[] {
  const counts = more(set, facts);
  if (!counts) return [];
  return [
    warn(PILEUP, {
      summary: `${process.label} set timers for ${message} more and more often: ${listed(counts)} in four equal parts of ${duration(facts.to - facts.from)}. More than one is under way at a time (${times(set.length)} in all).`,
      processes: [process],
      t: set[0]!.t,
      until: set.at(-1)!.t,
      evidence: cite(...set.slice(0, 3).map(({ id }) => id), ...set.slice(-3).map(({ id }) => id)),
      todo: "Set the timer in one place only, and cancel the one before (Process.cancel_timer/1) where another event sets it, too.",
      score: 0.85,
    }),
  ];
}

function intervals(group: readonly SendFact[], facts: Facts): readonly Finding[] {
  const counts = more(group, facts);
  if (!counts) return [];
  const { to, text } = group[0]!;
  return [
    warn(PILEUP, {
      summary: `${to.label} got ${text} from intervals of :timer more and more often: ${listed(counts)} in four equal parts of ${duration(facts.to - facts.from)}. More than one interval runs at a time.`,
      processes: [to],
      t: group[0]!.t,
      until: group.at(-1)!.t,
      evidence: cite(...group.slice(0, 3).map(({ id }) => id), ...group.slice(-3).map(({ id }) => id)),
      todo: "Start an interval once (in init), keep what :timer.send_interval/2 returns, and end it (:timer.cancel/1) before another is started.",
      score: 0.85,
    }),
  ];
}

/** A timer that was set again and again in one rhythm, and then not any more: a path that forgets it. */
export const timerStopped: Detector = {
  name: STOPPED,
  looksFor: "timers that were set regularly and are not any more",
  level: "messages",
  sees: ({ counts }) => (counts.timer ?? 0) > 0,
  detect: (facts) => facts.timers.flatMap((timer) => stopped(timer, facts)),
};

function stopped(
  { process, message, set, alive, lastMessage }: TimerFact,
  { to }: Facts,
): readonly Finding[] {
  const last = set.at(-1);
  if (!last || !alive || set.length < RHYTHM) return [];
  const gaps = set.slice(1).map(({ t }, i) => t - set[i]!.t);
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]!;
  const silent = to - last.t;
  if (usual < 1e6 || silent < Math.max(4 * usual, LATE_NS + usual)) return [];
  // Irregular ones are set when something happens, and nothing has happened.
  const regular = gaps.filter((gap) => gap <= 2 * usual + 50e6 && gap >= usual / 2).length;
  if (regular < gaps.length * 0.8) return [];
  const after = lastMessage === null ? "" : ` What it took in last is ${lastMessage.text}.`;
  return [
    recheck(STOPPED, {
      summary: `${process.label} set a timer for ${message} every ${duration(usual)} (${times(set.length)}), and none for the last ${duration(silent)}, while it lives on: nothing wakes it any more.${after}`,
      processes: [process],
      t: last.t,
      until: to,
      evidence: cite(set[0]!.id, last.id, lastMessage?.id),
      confirm: "Whether it was meant to stop then.",
      todo: `Look at each path through the callback that takes ${message}: one of them sets no timer again (an early return, a rescue, another clause).`,
      score: 0.66,
    }),
  ];
}
