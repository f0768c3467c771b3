import type { BroadcastFact, Facts } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, recheck, times, warn } from "./finding.ts";

const UNHEARD = "broadcast_unheard";
const TWICE = "duplicate_subscription";

/** Broadcasts that reached nobody: a slip in the topic where another one looks like it, else nobody was there. */
export const broadcastUnheard: Detector = {
  name: UNHEARD,
  looksFor: "broadcasts that reached nobody",
  level: "observe",
  sees: ({ broadcasts }) => broadcasts.length > 0,
  detect: ({ broadcasts }) =>
    [...grouped(broadcasts, ({ topic, by }) => `${by ?? "pubsub"} ${topic}`).values()].flatMap((group) =>
      unheard(group),
    ),
};

function unheard(group: readonly BroadcastFact[]): readonly Finding[] {
  const lost = group.filter((one) => one.unheard);
  const [first] = lost;
  if (!first) return [];
  const { topic, by = "pubsub" } = first;
  const nearest = lost.findLast((one) => one.nearest && one.nearest.subscribers > 0)?.nearest;
  const who = first.process?.label ?? "A process";
  const base = {
    processes: lost.flatMap(({ process }) => process ?? []),
    t: first.t,
    until: lost.at(-1)!.t,
    evidence: cite(...lost.map(({ id }) => id)),
  };
  // A topic that somebody hears at times is a topic that exists.
  const everHeard = group.length > lost.length;
  if (nearest && !everHeard && isSlip(topic, nearest.topic)) {
    const heard = `${nearest.topic} has ${nearest.subscribers} ${nearest.subscribers === 1 ? "subscriber" : "subscribers"}`;
    return [
      warn(UNHEARD, {
        ...base,
        summary: `${who} ${SENT[by]} ${times(lost.length)} ${ON[by]} ${JSON.stringify(topic)}, which nobody is subscribed to, so nobody got it; ${heard}.`,
        todo: `Broadcast on and subscribe to the same topic: ${JSON.stringify(topic)} and ${JSON.stringify(nearest.topic)} differ. Build both from one function.`,
        score: 0.95,
      }),
    ];
  }
  // Who looks whether somebody is there need not mind that nobody is.
  if (by === "lookup") return [];
  return [
    recheck(UNHEARD, {
      ...base,
      summary: `${who} ${SENT[by]} ${times(lost.length)} ${ON[by]} ${JSON.stringify(topic)} while nobody was subscribed.`,
      confirm: "Whether somebody should have been: see `elixirscope topics`.",
      todo: "Subscribe before the broadcast (in mount, only where connected?/1), and to this topic.",
      score: everHeard ? 0.15 : 0.3,
    }),
  ];
}

const SENT = { pubsub: "broadcast", dispatch: "sent something", lookup: "looked" } as const;
const ON = { pubsub: "on", dispatch: "to the group", lookup: "for who has the key" } as const;

/**
 * Do two topics differ by how a word is spelled? Names that hold an id (`room:7`, `user:ab12`) differ on purpose, and words
 * of other letters are other words.
 */
export function isSlip(a: string, b: string): boolean {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length !== right.length) return sorted(left.join("")) === sorted(right.join(""));
  const different = left.flatMap((word, i) => (word === right[i] ? [] : [[word, right[i]!] as const]));
  return different.every(([x, y]) => {
    if (/\d/.test(x + y)) return false;
    return alike(x, y);
  });
}

const wordsOf = (topic: string): readonly string[] => topic.toLowerCase().split(/[^a-z0-9]+/);
const sorted = (word: string): string => word.split("").sort().join("");

/** The same letters in another order, one more or less of them, or a plural. */
function alike(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 3) return false;
  const [x, y] = [sorted(a), sorted(b)];
  if (x === y) return true;
  const [short, long] = x.length < y.length ? [x, y] : [y, x];
  return (
    long.length - short.length === 1 &&
    Array.from({ length: long.length }, (_, i) => long.slice(0, i) + long.slice(i + 1)).includes(short)
  );
}

/** A process that is subscribed twice gets, and handles, each message twice. */
export const duplicateSubscription: Detector = {
  name: TWICE,
  looksFor: "processes that are subscribed twice to one topic",
  level: "observe",
  sees: ({ broadcasts }) => broadcasts.some(({ receivers }) => receivers.length > 0),
  detect: (facts) => twice(facts),
};

function twice({ broadcasts }: Facts): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { id, t, topic, receivers, process } of broadcasts) {
    for (const [handle, copies] of grouped(receivers, (receiver) => receiver.handle)) {
      const [who] = copies;
      const key = `${handle} ${topic}`;
      const before = found.get(key);
      if (copies.length < 2 || !who) continue;
      found.set(
        key,
        warn(TWICE, {
          summary: `${who.label} is subscribed ${times(copies.length)} to ${JSON.stringify(topic)}: what was broadcast there came ${times(copies.length)}.`,
          processes: process ? [who, process] : [who],
          t: before?.t ?? t,
          until: t,
          evidence: cite(...(before?.evidence ?? []), id),
          todo: "Subscribe once: mount runs twice (subscribe only where connected?/1), and handle_params and handle_info run often.",
          score: 0.85,
        }),
      );
    }
  }
  return [...found.values()];
}
