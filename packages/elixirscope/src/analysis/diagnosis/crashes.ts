import { backgroundOf } from "./background.ts";
import type { CrashFact, Facts } from "./facts.ts";
import { cite, type Detector, duration, type Finding, grouped, times, warn } from "./finding.ts";
import { reasonOf } from "./reason.ts";

const CRASH = "crash";
const LOOP = "restart_loop";
const HANDLER = "no_event_handler";
/** So many ends of one child, within so long, are a loop: a supervisor with OTP's limits has given up by then. */
const LOOP_ENDS = 4;
const LOOP_NS = 5e9;
/** So soon after one process those end that are linked to it. */
const DRAGGED_NS = 100e6;

/** Ends that were no orderly ones, with what led to them; alike ones are one finding. */
export const crash: Detector = {
  name: CRASH,
  looksFor: "processes that crashed",
  level: "observe",
  sees: () => true,
  detect: (facts) =>
    [
      ...grouped(
        facts.crashes.filter((one) => isOwn(one) && !isDragged(one, facts.crashes)),
        (one) => `${one.process.label} ${reasonOf(one.reason).text}`,
      ).values(),
    ].map((group) => crashed(group, facts)),
};

/** It ended of what another one, to which it was linked, ended of a moment before. */
const isDragged = (one: CrashFact, crashes: readonly CrashFact[]): boolean =>
  crashes.some((other) => drags(other, one));

const drags = (first: CrashFact, second: CrashFact): boolean =>
  first.process.handle !== second.process.handle &&
  first.reason === second.reason &&
  first.reason.startsWith("{") &&
  (first.t < second.t || (first.t === second.t && first.id < second.id)) &&
  second.t - first.t <= DRAGGED_NS;

/** What other detectors say more about: calls that were not answered, events without a handler, and who was killed. */
function isOwn(one: CrashFact): boolean {
  const { type } = reasonOf(one.reason);
  return (
    !["timeout", "calling_self", "no_handler", "killed"].includes(type) && !(type === "other" && isQuiet(one))
  );
}

/** A plain process that ended with a reason of its own, which nobody logged: that may be how it tells its result. */
const isQuiet = ({ process, supervisor, logs }: CrashFact): boolean =>
  process.label.startsWith("#PID") && supervisor === null && logs.length === 0;

function crashed(group: readonly CrashFact[], facts: Facts): Finding {
  const newest = group.at(-1)!;
  const known = backgroundOf(newest.reason, newest.t, facts);
  const dragged = [
    ...new Map(
      facts.crashes
        .filter((one) => group.some((origin) => drags(origin, one)))
        .map(({ process: who }) => [who.label, who]),
    ).values(),
  ];
  const also =
    dragged.length === 0
      ? ""
      : ` ${dragged
          .slice(0, 3)
          .map(({ label }) => label)
          .join(", ")} ended with it, being linked to it.`;
  const { process, cause } = group.findLast((one) => one.cause) ?? newest;
  const why = reasonOf(newest.reason);
  const place = why.place === null ? "" : `, at ${why.place}`;
  const led = cause === null ? "" : ` It was working on ${cause.text}${senderText(cause.sender?.label)}.`;
  const then = newest.reaction === "restarted" ? " Its supervisor started it again, with a new state." : "";
  return warn(CRASH, {
    summary: `${process.label} crashed ${times(group.length)}: ${why.text}${place}.${known.text}${led}${then}${also}`,
    processes: [
      process,
      ...(cause?.sender ? [cause.sender] : []),
      ...dragged.slice(0, 3),
      ...known.processes,
    ],
    t: group[0]!.t,
    until: newest.t,
    evidence: cite(
      newest.id,
      ...known.evidence,
      cause?.id,
      cause?.sendId,
      ...newest.logs,
      ...group.map(({ id }) => id),
    ),
    todo: known.todo ?? why.todo,
    score: 0.7,
  });
}

const senderText = (label: string | undefined): string => (label === undefined ? "" : ` from ${label}`);

/** Children that end again and again, up to where their supervisor gives up. */
export const restartLoop: Detector = {
  name: LOOP,
  looksFor: "children that crash again and again",
  level: "observe",
  sees: () => true,
  detect: (facts) =>
    [
      ...grouped(
        facts.crashes.filter(({ supervisor }) => supervisor),
        childOf,
      ).values(),
    ].flatMap((group) => looped(group, facts)),
};

const childOf = ({ supervisor, childId, process }: CrashFact): string =>
  `${supervisor!.handle} ${childId ?? process.label}`;

function looped(group: readonly CrashFact[], facts: Facts): readonly Finding[] {
  const gaveUp = group.find(({ reaction }) => reaction === "gave_up");
  const rapid = group.some((one, i) => i >= LOOP_ENDS - 1 && one.t - group[i - LOOP_ENDS + 1]!.t <= LOOP_NS);
  if (!gaveUp && !rapid) return [];
  const [first, newest] = [group[0]!, group.at(-1)!];
  const why = reasonOf(newest.reason);
  const known = backgroundOf(newest.reason, newest.t, facts);
  const cause = group.findLast((one) => one.cause)?.cause;
  const end = gaveUp
    ? ` Then ${newest.supervisor!.label} gave up and ended, and its other children with it.`
    : "";
  const led = cause ? ` It was working on ${cause.text}${senderText(cause.sender?.label)}.` : "";
  const within = group.length > 1 ? ` within ${duration(newest.t - first.t)}` : "";
  const place = why.place === null ? "" : `, at ${why.place}`;
  return [
    warn(LOOP, {
      summary: `${newest.process.label} crashed ${times(group.length)}${within}: ${why.text}${place}.${known.text}${led}${end}`,
      processes: [newest.process, newest.supervisor!, ...known.processes],
      t: first.t,
      until: newest.t,
      evidence: cite(newest.id, ...known.evidence, cause?.id, cause?.sendId, ...group.map(({ id }) => id)),
      todo: `${known.todo ?? why.todo} A restart helps only where the reason has gone by then: what init reads, or what is sent right after it, brings it down again.`,
      score: gaveUp ? 0.92 : 0.86,
    }),
  ];
}

/** Events of a LiveView or a component without a clause of handle_event for their name. */
export const noEventHandler: Detector = {
  name: HANDLER,
  looksFor: "events with no clause of handle_event",
  level: "observe",
  sees: ({ userEvents }) => userEvents.length > 0,
  detect: ({ crashes, userEvents }) =>
    crashes.flatMap((one): readonly Finding[] => {
      if (reasonOf(one.reason).type !== "no_handler") return [];
      const event = userEvents.findLast(
        ({ process, t }) => process?.handle === one.process.handle && t <= one.t,
      );
      const name = event ? ` The event was ${JSON.stringify(event.name)}.` : "";
      return [
        warn(HANDLER, {
          summary: `${event?.view ?? one.process.label} has no clause of handle_event for what came, and crashed: ${reasonOf(one.reason).text}.${name}`,
          processes: [one.process],
          t: event?.t ?? one.t,
          until: one.t,
          evidence: cite(event?.id, one.id, ...one.logs),
          todo: "Compare the name in the template (phx-click, phx-submit …) with the clauses of handle_event/3; phx-target decides whose they are.",
          score: 0.93,
        }),
      ];
    }),
};
