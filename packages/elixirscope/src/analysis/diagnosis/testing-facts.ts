import type { CallFact, CrashFact, Facts, Who } from "./facts.ts";
import { NO_MORE_FACTS, type SendFact } from "./more-facts.ts";

// Facts as tests write them: only what matters.

const NOTHING: Facts = {
  ...NO_MORE_FACTS,
  from: 0,
  to: 10e9,
  counts: {},
  broadcasts: [],
  crashes: [],
  calls: [],
  lostSends: [],
  unhandled: [],
  mailboxes: [],
  spawns: [],
  timers: [],
  requests: [],
  jobs: [],
  repeats: [],
  userEvents: [],
  sampleIn: () => undefined,
};

export const facts = (some: Partial<Facts>): Facts => ({ ...NOTHING, ...some });

/** The same name is the same process. */
export const named = (label: string): Who => ({ handle: `p-${label}`, label });

/** `from` asks `to` at second `at`; `took` seconds until it has its answer; `gaveUp` seconds until it went on without one. */
export function call(
  id: number,
  [from, to, request]: readonly [string, string, string],
  at: number,
  end: { readonly took?: number; readonly gaveUp?: number; readonly reply?: string } = {},
): CallFact {
  const lasted = end.took ?? end.gaveUp;
  return {
    id,
    from: named(from),
    to: named(to),
    t: at * 1e9,
    request,
    until: lasted === undefined ? null : (at + lasted) * 1e9,
    untilId: lasted === undefined ? null : id + 1,
    answered: end.took !== undefined,
    queueNs: null,
    replyId: end.took === undefined ? null : id + 2,
    reply: end.took === undefined ? null : (end.reply ?? ":ok"),
    takenAt: null,
  };
}

export const crashOf = (
  id: number,
  label: string,
  reason: string,
  more: Partial<CrashFact> = {},
): CrashFact => ({
  id,
  t: id * 1e8,
  process: named(label),
  reason,
  supervisor: null,
  childId: null,
  reaction: null,
  cause: null,
  logs: [],
  ...more,
});

/** `from` sends `text` to `to` at second `at`; its name, elements and numbers are read from the text. */
export function send(
  id: number,
  [from, to, text]: readonly [string, string, string],
  at: number,
  type: SendFact["type"] = "info",
): SendFact {
  const elements = text.startsWith("{") ? text.slice(1, -1).split(", ") : [];
  const name = /^\{?:(\w+)/.exec(text)?.[1] ?? null;
  const numbers = elements.flatMap((one, i) => (/^\d+$/.test(one) ? [[i, Number(one)] as const] : []));
  return {
    id,
    t: at * 1e9,
    from: named(from),
    to: named(to),
    type,
    text,
    name,
    arity: elements.length,
    numbers: new Map(numbers),
  };
}
