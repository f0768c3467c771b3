import type { CallFact } from "./facts.ts";
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
import type { LogFact, TurnFact } from "./more-facts.ts";

const REPEATED = "repeated_calls";
const BOTTLENECK = "bottleneck";
const REFUSED = "error_replies";
const LOGGED = "error_logged";
const SLOW = "slow_callback";
/** The same sort of call so often in one go. */
const IN_A_ROW = 15;
/** From the answer to the next call: nothing lies between. */
const BETWEEN_NS = 20e6;
const SLOW_NS = 1e9;
/** Time in a mailbox from which on somebody notices. */
const QUEUED_NS = 100e6;
const QUEUED_CALLS = 5;

/** One call after the other for one piece of work, each for one thing. */
export const repeatedCalls: Detector = {
  name: REPEATED,
  looksFor: "calls that are made one by one for one piece of work",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: ({ calls }) => {
    const rows = [...grouped(calls, ({ from }) => from.handle).values()].flatMap((own) => rowsOf(own));
    const worst = [
      ...grouped(
        rows,
        ([{ from, to, request }]) => `${from.label} ${to.handle} ${shapeOf(request)}`,
      ).values(),
    ];
    return worst.map((group) => oneByOne(group));
  },
};

type Row = readonly [CallFact, ...CallFact[]];

/** Stretches of calls of one sort without anything between them. */
function rowsOf(own: readonly CallFact[]): readonly Row[] {
  const rows: [CallFact, ...CallFact[]][] = [];
  let row: [CallFact, ...CallFact[]] | undefined;
  for (const call of own) {
    const last = row?.at(-1);
    const isNext =
      last?.until !== null &&
      last !== undefined &&
      last.to.handle === call.to.handle &&
      shapeOf(last.request) === shapeOf(call.request) &&
      call.t - last.until <= BETWEEN_NS;
    if (row && isNext) row.push(call);
    else {
      row = [call];
      rows.push(row);
    }
  }
  return rows.filter(({ length }) => length >= IN_A_ROW);
}

function oneByOne(group: readonly Row[]): Finding {
  const lengthOf = (row: Row): number => (row.at(-1)!.until ?? row.at(-1)!.t) - row[0].t;
  const worst = group.reduce((most, row) => (lengthOf(row) > lengthOf(most) ? row : most));
  const [{ from, to, request, t }] = worst;
  const took = lengthOf(worst);
  const other = worst.some((one) => one.request !== request) ? "another" : "the same";
  return recheck(REPEATED, {
    summary: `${from.label} called ${to.label} ${worst.length} times in a row for one piece of work (${request} and ${other} each time), which took ${duration(took)} together; such rows came ${times(group.length)}.`,
    processes: [from, to],
    t,
    until: t + took,
    evidence: cite(worst[0].id, worst[1]?.id, worst.at(-1)!.id, worst.at(-1)!.replyId),
    confirm: "Whether one question could ask for all of them.",
    todo: `Ask ${to.label} once for all of them, or let those who only read do so from an ETS table.`,
    score: took >= SLOW_NS ? 0.62 : took >= QUEUED_NS ? 0.5 : 0.3,
  });
}

/** A process that everybody asks, and who does one after the other: its callers wait for each other. */
export const bottleneck: Detector = {
  name: BOTTLENECK,
  looksFor: "processes whose callers wait for each other",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: ({ calls }) => [...grouped(calls, ({ to }) => to.handle).values()].flatMap((own) => queued(own)),
};

function queued(calls: readonly CallFact[]): readonly Finding[] {
  const waits = calls.flatMap((call) => {
    const behind = call.answered && call.until !== null ? before(call, calls) : [];
    return behind.length > 0 && call.until! - call.t >= QUEUED_NS ? [{ call, behind: behind.length }] : [];
  });
  const callers = new Set(waits.map(({ call }) => call.from.handle));
  if (waits.length < QUEUED_CALLS || callers.size < 2) return [];
  const worst = waits.reduce((most, one) => (tookOf(one.call) > tookOf(most.call) ? one : most)).call;
  const { to } = worst;
  const told = {
    summary: `${callers.size} processes waited for each other at ${to.label}, which does one thing at a time: ${waits.length} of ${calls.length} calls came while it was busy with others, and the longest took ${duration(tookOf(worst))} (${worst.request} of ${worst.from.label}).`,
    processes: [to, worst.from],
    t: waits[0]!.call.t,
    until: waits.at(-1)!.call.until,
    evidence: cite(worst.id, worst.untilId, ...waits.slice(0, 4).map(({ call }) => call.id)),
    todo: `Let ${to.label} do less in its callbacks: start a Task and answer later (GenServer.reply/2), share the work among several, or let readers read an ETS table.`,
  };
  if (tookOf(worst) >= SLOW_NS) return [warn(BOTTLENECK, { ...told, score: 0.77 })];
  return [
    recheck(BOTTLENECK, {
      ...told,
      confirm: "Whether they may wait that long.",
      score: tookOf(worst) >= 3 * QUEUED_NS ? 0.5 : 0.4,
    }),
  ];
}

const tookOf = ({ t, until }: CallFact): number => until! - t;

/** Calls of others that were there before and were answered while it waited. */
const before = (call: CallFact, calls: readonly CallFact[]): readonly CallFact[] =>
  calls.filter(
    (one) =>
      one.from.handle !== call.from.handle &&
      one.t < call.t &&
      one.until !== null &&
      one.until > call.t &&
      one.until < call.until!,
  );

/** Answers that say that it could not be done. */
export const errorReplies: Detector = {
  name: REFUSED,
  looksFor: "calls that were answered with an error",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: ({ calls }) =>
    [...grouped(calls, ({ to, request }) => `${to.handle} ${shapeOf(request)}`).values()].flatMap((own) =>
      refused(own),
    ),
};

function refused(calls: readonly CallFact[]): readonly Finding[] {
  const answered = calls.filter((call) => call.answered);
  const errors = answered.filter(({ reply }) => /^(?:\{:error\b|:error$)/.test(reply ?? ""));
  const [first] = errors;
  if (!first) return [];
  const last = errors.at(-1)!;
  const always = errors.length === answered.length && errors.length > 2;
  return [
    recheck(REFUSED, {
      summary: `${first.to.label} answered ${last.request} of ${last.from.label} with ${last.reply}; so it did ${times(errors.length)} of ${answered.length} such calls.`,
      processes: [first.to, last.from],
      t: first.t,
      until: last.until,
      evidence: cite(
        last.id,
        last.replyId,
        ...errors.slice(0, 3).flatMap(({ id, replyId }) => [id, replyId]),
      ),
      confirm: "Whether that is an answer that the caller reckons with.",
      todo: `See what ${first.to.label} answers it of, and what ${last.from.label} does with the error.`,
      score: always ? 0.5 : 0.34,
    }),
  ];
}

/** What the application itself logged as an error. */
export const errorLogged: Detector = {
  name: LOGGED,
  looksFor: "errors that the application logged",
  level: "observe",
  sees: () => true,
  detect: ({ logs }) =>
    [
      ...grouped(logs, ({ process, level, text }) => `${process.label} ${level} ${shapeOf(text)}`).values(),
    ].map((group) => logged(group)),
};

function logged(group: readonly LogFact[]): Finding {
  const { process, level, text, t } = group.at(-1)!;
  return recheck(LOGGED, {
    summary: `${process.label} logged ${JSON.stringify(text.slice(0, 200))} as ${level}, ${times(group.length)}.`,
    processes: [process],
    t: group[0]!.t,
    until: t,
    evidence: cite(...group.slice(-3).map(({ id }) => id), group[0]!.id),
    confirm: "What the application means by it.",
    todo: "See what led to it: `elixirscope events --process` before its time, or its flow.",
    score: level === "warning" ? 0.3 : 0.42,
  });
}

/** Callbacks that took long: meanwhile whatever comes waits. */
export const slowCallback: Detector = {
  name: SLOW,
  looksFor: "callbacks that took long",
  level: "state",
  sees: ({ turns }) => turns.length > 0,
  detect: ({ turns }) =>
    [
      ...grouped(
        turns.filter(({ durationNs }) => durationNs >= SLOW_NS),
        ({ process, callback, name }) => `${process.label} ${callback} ${name}`,
      ).values(),
    ].map((group) => slow(group, turns)),
};

function slow(group: readonly TurnFact[], turns: readonly TurnFact[]): Finding {
  const worst = group.reduce((most, one) => (one.durationNs > most.durationNs ? one : most));
  const { process, callback, name, durationNs } = worst;
  const all = turns.filter(
    (one) => one.process.label === process.label && one.callback === callback && one.name === name,
  );
  return recheck(SLOW, {
    summary: `${process.label} was ${duration(durationNs)} in ${callback} for ${name === "" ? "a message" : name}, and a second or more ${times(group.length)} of ${all.length}: meanwhile whatever came for it waited.`,
    processes: [process],
    t: worst.t,
    until: worst.t + durationNs,
    evidence: cite(worst.id, ...group.map(({ id }) => id)),
    confirm: "What it did then: level calls, or a sample of it.",
    todo: `Do slow work of ${process.label} in a Task, and take its result as a message.`,
    score: 0.5,
  });
}
