import type { RepeatFact, RequestFact, UserEventFact } from "./facts.ts";
import { cite, type Detector, duration, type Finding, grouped, recheck, times, warn } from "./finding.ts";

const FAILED = "request_failed";
const SLOW = "slow_request";
const REPEATED = "repeated_queries";
const JOB = "job_failed";
const EFFECT = "event_without_effect";
const SLOW_NS = 1e9;
/** A repeated query is n + 1 from so many on, each time with another parameter. */
const REPEATS = 8;

/** Requests that ended in an exception. */
export const requestFailed: Detector = {
  name: FAILED,
  looksFor: "requests that raised",
  level: "observe",
  sees: ({ requests }) => requests.length > 0,
  detect: ({ requests }) => {
    const failed = requests.filter(({ error, status }) => error !== null && (status ?? 500) >= 500);
    return [...grouped(failed, ({ what, error }) => `${what} ${error}`).values()].map((group): Finding => {
      const { what, status, error, process, id, t } = group.at(-1)!;
      return warn(FAILED, {
        summary: `${what} was answered with ${status ?? "no status"} ${times(group.length)}: ${error}.`,
        processes: process ? [process] : [],
        t,
        until: t,
        evidence: cite(id, ...group.map((one) => one.id)),
        todo: `See its plugs and what raised: \`elixirscope request ${id}\`.`,
        score: 0.72,
      });
    });
  },
};

/** Jobs that raised. */
export const jobFailed: Detector = {
  name: JOB,
  looksFor: "jobs that failed",
  level: "observe",
  sees: ({ counts }) => (counts.telemetry ?? 0) > 0,
  detect: ({ jobs }) =>
    [...grouped(jobs, ({ worker, error }) => `${worker} ${error}`).values()].map((group): Finding => {
      const { worker, state, error, process, id, insertedId, t } = group.at(-1)!;
      return warn(JOB, {
        summary: `A job of ${worker} failed ${times(group.length)} (${state} now): ${error}.`,
        processes: process ? [process] : [],
        t: group[0]!.t,
        until: t,
        evidence: cite(id, insertedId, ...group.map((one) => one.id)),
        todo: "See its arguments and what inserted it: `elixirscope jobs --failed`.",
        score: 0.72,
      });
    }),
};

/** Requests that took long, with the part that did. */
export const slowRequest: Detector = {
  name: SLOW,
  looksFor: "requests that took long",
  level: "observe",
  sees: ({ requests }) => requests.length > 0,
  detect: ({ requests }) => {
    const slow = requests.filter(({ durationNs }) => (durationNs ?? 0) >= SLOW_NS);
    return [...grouped(slow, ({ what }) => what).values()].map((group) => tookLong(group, requests));
  },
};

function tookLong(group: readonly RequestFact[], all: readonly RequestFact[]): Finding {
  const worst = group.reduce((most, one) => (one.durationNs! > most.durationNs! ? one : most));
  const others = all.filter(({ what, durationNs }) => what === worst.what && durationNs !== null);
  const part = worst.slowest
    ? ` Of that ${duration(worst.slowest.durationNs)} went into ${worst.slowest.what}.`
    : "";
  return recheck(SLOW, {
    summary: `${worst.what} took ${duration(worst.durationNs!)}, and a second or more ${times(group.length)} of ${others.length}.${part}`,
    processes: worst.process ? [worst.process] : [],
    t: worst.t,
    until: worst.t + worst.durationNs!,
    evidence: cite(worst.id, worst.slowest?.id, ...group.map(({ id }) => id)),
    confirm: "Whether it may take that long; level state has each plug with its time.",
    todo: `See where its time went: \`elixirscope request ${worst.id}\`.`,
    score: 0.45,
  });
}

/** The same query again and again for one piece of work. */
export const repeatedQueries: Detector = {
  name: REPEATED,
  looksFor: "queries that ran again and again for one piece of work",
  level: "observe",
  sees: ({ counts }) => (counts.telemetry ?? 0) > 0,
  detect: ({ repeats }) =>
    [...grouped(repeats, ({ query, work }) => `${query} ${work}`).values()].flatMap((group) =>
      repeated(group),
    ),
};

function repeated(group: readonly RepeatFact[]): readonly Finding[] {
  const most = group.reduce((worst, one) => (one.count > worst.count ? one : worst));
  const { work, count, parameters, query, place, totalNs, process, ids, workId } = most;
  if (count < REPEATS) return [];
  const each =
    parameters === null
      ? ""
      : parameters === 1
        ? ", each time the same"
        : ", each time with another parameter";
  const at = place === null ? "" : `, at ${place}`;
  return [
    warn(REPEATED, {
      summary: `${work} ran the same query ${count} times (${duration(totalNs)})${each}${at}: ${query.slice(0, 120)}`,
      processes: process ? [process] : [],
      t: null,
      evidence: cite(workId, ...ids),
      todo:
        parameters === 1
          ? "Ask once and hand the answer on."
          : "Ask for all of them at once: a preload, a join, or `where … in`.",
      score: 0.8,
    }),
  ];
}

/** Events of users that changed nothing on their page. */
export const eventWithoutEffect: Detector = {
  name: EFFECT,
  looksFor: "events of users that changed no assign",
  level: "state",
  sees: ({ userEvents }) => userEvents.some(({ changed }) => changed !== null),
  detect: ({ userEvents }) => {
    const idle = userEvents.filter(({ changed, failed }) => changed?.length === 0 && !failed);
    return [...grouped(idle, ({ view, name }) => `${view} ${name}`).values()].map((group) => idled(group));
  },
};

function idled(group: readonly UserEventFact[]): Finding {
  const { view, name, process, id, t, pushes, until } = group.at(-1)!;
  return recheck(EFFECT, {
    summary: `${view} handled ${JSON.stringify(name)}, and until the next event none of its assigns changed, so nothing new was drawn (${times(group.length)}).`,
    processes: process ? [process] : [],
    t,
    until,
    evidence: cite(id, ...pushes, ...group.map((one) => one.id)),
    confirm:
      "Whether it should have changed something: by its own callback, or by a message that was to come.",
    todo: `See what it led to: \`elixirscope liveview ${process?.handle ?? ""}\`.`,
    score: 0.4,
  });
}
