import type { Facts, MailboxFact, SpawnFact } from "./facts.ts";
import { cite, type Detector, duration, type Finding, recheck, warn } from "./finding.ts";
import { isSteady } from "./rise.ts";

const MAILBOX = "mailbox_growth";
const PROCESSES = "process_leak";
/** Messages from which on a mailbox is looked at. */
const WAITING = 100;
const STARTED = 40;
/** Shorter records show no trend. */
const TREND_NS = 2e9;

/** Mailboxes that fill faster than they are emptied. */
export const mailboxGrowth: Detector = {
  name: MAILBOX,
  looksFor: "mailboxes that grow",
  level: "observe",
  sees: ({ counts }) => (counts.sample ?? 0) > 0,
  detect: ({ mailboxes }) => mailboxes.flatMap((mailbox) => grown(mailbox)),
};

function grown({ process, samples, senders }: MailboxFact): readonly Finding[] {
  const last = samples.at(-1);
  const most = samples.reduce((sum, { mailbox }) => Math.max(sum, mailbox), 0);
  if (!last || most < WAITING) return [];
  const first = samples[0]!;
  const rising =
    samples.length >= 3 && last.mailbox >= 0.8 * most && last.mailbox >= 2 * first.mailbox + WAITING / 2;
  const total = senders.reduce((sum, { count }) => sum + count, 0);
  const by = senders
    .slice(0, 3)
    .filter(({ count }) => count >= total / 10)
    .map(({ who, count }) => `${who.label} (${count})`);
  const from = by.length > 0 ? ` Most came from ${by.join(", ")}.` : "";
  const at = last.at === null ? "" : ` It was in ${last.at}.`;
  const told = {
    processes: [process, ...senders.slice(0, 3).map(({ who }) => who)],
    t: first.t,
    until: last.t,
    evidence: cite(first.id, last.id, ...senders.slice(0, 3).map(({ id }) => id)),
  };
  if (!rising)
    return [
      recheck(MAILBOX, {
        ...told,
        summary: `The mailbox of ${process.label} had ${most} messages at a time, and ${last.mailbox} at the end.${from}`,
        confirm: "A longer recording: whether such bursts become more.",
        todo: `See \`elixirscope waits --process ${process.label}\`.`,
        score: 0.3,
      }),
    ];
  return [
    warn(MAILBOX, {
      ...told,
      summary: `The mailbox of ${process.label} grew from ${first.mailbox} to ${last.mailbox} messages within ${duration(last.t - first.t)}: more came than it handled.${from}${at}`,
      todo:
        last.status === "waiting"
          ? `${process.label} waits although there are messages: none of its receive clauses matches them. Add one that takes, and logs, what is left over.`
          : `Make ${process.label} faster or its senders slower: a call in place of a cast holds them back; or share the work among several.`,
      score: 0.88,
    }),
  ];
}

/** Processes that are started on and on, and stay without doing anything. */
export const processLeak: Detector = {
  name: PROCESSES,
  looksFor: "processes that are started and never end",
  level: "observe",
  sees: ({ counts }) => (counts.spawn ?? 0) > 0,
  detect: (facts) => facts.spawns.flatMap((spawn) => leaked(spawn, facts)),
};

function leaked(
  { parent, what, spawned, ended, receivedLately }: SpawnFact,
  { from, to }: Facts,
): readonly Finding[] {
  const alive = spawned.length - ended;
  if (spawned.length < STARTED || ended > spawned.length / 10 || to - from < TREND_NS) return [];
  if (!isSteady(spawned, from, to)) return [];
  const told = {
    summary: `${parent.label} started ${spawned.length} processes (${what}) within ${duration(spawned.at(-1)!.t - spawned[0]!.t)}, and ${alive} of them still run.`,
    processes: [parent],
    t: spawned[0]!.t,
    until: spawned.at(-1)!.t,
    evidence: cite(...spawned.slice(0, 3).map(({ id }) => id), ...spawned.slice(-3).map(({ id }) => id)),
    todo: "End each when its work is done: a Task ends by itself, a GenServer with {:stop, :normal, state} or a timeout; link it to whom it serves.",
  };
  if (receivedLately !== null && receivedLately < alive / 2)
    return [
      warn(PROCESSES, {
        ...told,
        summary: `${told.summary} Nearly none of them had anything to do lately.`,
        score: 0.8,
      }),
    ];
  return [
    recheck(PROCESSES, {
      ...told,
      confirm: "A longer recording at the level messages: whether they end, and whether they are used.",
      score: 0.35,
    }),
  ];
}
