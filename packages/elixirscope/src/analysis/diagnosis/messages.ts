import type { LostSendFact, UnhandledFact } from "./facts.ts";
import {
  cite,
  type Detector,
  duration,
  type Finding,
  grouped,
  recheck,
  shapeOf,
  times,
  warn,
} from "./finding.ts";

const UNHANDLED = "message_unhandled";
const LOST = "sent_to_nobody";
/** Sends to an ended process: so many, and until so long after its end, are no race with its end. */
const STALE_SENDS = 3;
const STALE_NS = 200e6;

/** Messages that no clause of the module took: the default one logs them and goes on. */
export const messageUnhandled: Detector = {
  name: UNHANDLED,
  looksFor: "messages that nobody handled",
  level: "observe",
  sees: () => true,
  detect: ({ unhandled }) =>
    [...grouped(unhandled, ({ process, message }) => `${process.label} ${shapeOf(message)}`).values()].map(
      (group) => ignored(group),
    ),
};

function ignored(group: readonly UnhandledFact[]): Finding {
  const { process, message, callback, t } = group[0]!;
  const received = group.find((one) => one.received)?.received;
  const from = received?.sender ? ` ${received.sender.label} sent it.` : "";
  return warn(UNHANDLED, {
    summary: `${process.label} has no clause of ${callback} for ${message}, which came ${times(group.length)}: it was logged and ignored.${from}`,
    processes: [process, ...(received?.sender ? [received.sender] : [])],
    t,
    until: group.at(-1)!.t,
    evidence: cite(...group.slice(0, 3).map(({ id }) => id), received?.id, received?.sendId),
    todo: `Compare its shape with the clauses of ${callback} in ${process.label}: a slip in an atom, another number of elements, or a sender that means somebody else.`,
    score: 0.9,
  });
}

/** Messages to a name that nobody has, or to a process that has ended. */
export const sentToNobody: Detector = {
  name: LOST,
  looksFor: "messages to names that nobody has, and to processes that had ended",
  level: "messages",
  sees: ({ counts }) => (counts.send ?? 0) > 0,
  detect: ({ lostSends }) => [
    ...[
      ...grouped(
        lostSends.filter(({ name }) => name !== null),
        ({ name }) => name!,
      ).values(),
    ].map((group) => toName(group)),
    ...[
      ...grouped(
        lostSends.filter(({ to, name }) => to && name === null),
        ({ from, to }) => `${from.handle} ${to!.handle}`,
      ).values(),
    ].flatMap((group) => toDead(group)),
  ],
};

function toName(group: readonly LostSendFact[]): Finding {
  const { name, from, message, nearestName, t } = group[0]!;
  const near = nearestName === null ? "" : ` There is a ${nearestName}.`;
  const told = {
    summary: `${from.label} sent ${message} to ${name} ${times(group.length)}, and nobody had that name: it is lost without an error.${near}`,
    processes: [from],
    t,
    until: group.at(-1)!.t,
    evidence: cite(...group.map(({ id }) => id)),
    todo:
      nearestName === null
        ? `Start a process under the name ${name} before its senders, or send to another one.`
        : `Send to ${nearestName}, if that is who is meant: use the module's own function in place of its name.`,
  };
  if (!group.every(({ wasHeld }) => wasHeld))
    return warn(LOST, { ...told, score: nearestName === null ? 0.8 : 0.92 });
  return recheck(LOST, {
    ...told,
    confirm: "Somebody had the name at another time: see `elixirscope crashes` for when it was away.",
    score: 0.35,
  });
}

function toDead(group: readonly LostSendFact[]): readonly Finding[] {
  const [first, last] = [group[0]!, group.at(-1)!];
  const { from, to, endedAt, endId, successor } = last;
  if (endedAt === null || group.length < STALE_SENDS || last.t - endedAt < STALE_NS) return [];
  const now = successor
    ? ` ${successor.label} runs as ${successor.handle} since then: ${from.label} still has the pid of before.`
    : "";
  return [
    warn(LOST, {
      summary: `${from.label} sent ${times(group.length)} to ${to!.label} (${to!.handle}) after that had ended, until ${duration(last.t - endedAt)} later: ${last.message} and the like are lost.${now}`,
      processes: [from, to!],
      t: first.t,
      until: last.t,
      evidence: cite(endId, ...group.map(({ id }) => id)),
      todo: "Do not keep a pid across restarts: send to the name, look it up each time, or monitor it and forget it on :DOWN.",
      score: successor ? 0.9 : 0.7,
    }),
  ];
}
