import type { CallFact, CrashFact, Facts } from "./facts.ts";
import { cite, type Detector, duration, type Finding, grouped, recheck, times, warn } from "./finding.ts";
import { reasonOf } from "./reason.ts";
import { chainOf, chainText, lateIn, type WaitChain } from "./waiting.ts";

const DEADLOCK = "deadlock";
const SELF = "self_call";
const TIMEOUT = "call_timeout";
const BLOCKING = "blocking_call";
/** A call that lasts as long is slow, whatever it does. */
const SLOW_NS = 1e9;

/** Processes that wait for each other in a circle, seen in their calls. */
export const deadlock: Detector = {
  name: DEADLOCK,
  looksFor: "processes that wait for each other",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: (facts) => {
    const found = new Map<string, Finding>();
    for (const call of facts.calls) {
      if (call.answered) continue;
      const chain = chainOf(call, lateIn(call, facts.to), facts);
      if (!chain.circle || chain.calls.length < 2) continue;
      const key = chain.calls
        .map(({ from }) => from.label)
        .toSorted()
        .join(" ");
      if (!found.has(key)) found.set(key, locked(chain));
    }
    return [...found.values()];
  },
};

function locked(chain: WaitChain): Finding {
  const first = chain.calls[0]!;
  const asks = chain.calls.map(({ from, to, request }) => `${from.label} called ${to.label} (${request})`);
  return warn(DEADLOCK, {
    summary: `Deadlock: ${asks.join(", and before it had an answer ")}${startText(chain)}. None of them can answer while it waits: ${chainText(chain)}.`,
    processes: [...chain.calls.map(({ from }) => from), ...(chain.starts ? [chain.culprit] : [])],
    t: Math.max(...chain.calls.map(({ t }) => t)),
    until: Math.min(...chain.calls.map(({ until }) => until ?? Number.POSITIVE_INFINITY)),
    evidence: cite(
      ...chain.calls.map(({ id }) => id),
      ...chain.calls.map(({ untilId }) => untilId),
      chain.starts?.id,
    ),
    todo: chain.starts
      ? `Do not call ${first.to.label} from the init of ${first.from.label}: give it what it needs as an argument, or ask in handle_continue, when whoever starts it does not wait any more.`
      : `Break the circle: ${first.to.label} should cast, or answer later with GenServer.reply/2, and not call ${chain.calls[1]!.to.label} from its callback.`,
    score: 0.97,
  });
}

/** Of a circle that is closed by a start. */
const startText = ({ starts, calls }: WaitChain): string =>
  starts ? `, and ${starts.by.label} waits until ${calls[0]!.from.label} has started` : "";

/** A process that called itself: it could never have answered. */
export const selfCall: Detector = {
  name: SELF,
  looksFor: "processes that called themselves",
  level: "observe",
  sees: () => true,
  detect: ({ crashes }) => {
    const own = crashes.filter(({ reason }) => reasonOf(reason).type === "calling_self");
    return [...grouped(own, ({ process }) => process.label).values()].map((group) => {
      const { process, id, t, cause, reason, logs } = group[0]!;
      const why = reasonOf(reason);
      const place = why.place === null ? "" : `, at ${why.place}`;
      const led = cause ? ` It was working on ${cause.text}.` : "";
      return warn(SELF, {
        summary: `${process.label} called itself from its own callback${place}, and crashed ${times(group.length)} of it.${led}`,
        processes: [process],
        t,
        until: group.at(-1)!.t,
        evidence: cite(id, cause?.id, cause?.sendId, ...logs, ...group.map((one) => one.id)),
        todo: why.todo,
        score: 0.96,
      });
    });
  },
};

/** Callers that gave up, with whom the callee itself waited for. */
export const callTimeout: Detector = {
  name: TIMEOUT,
  looksFor: "calls that were not answered in time",
  level: "observe",
  sees: () => true,
  detect: (facts) => {
    const given = facts.calls.filter(
      ({ answered, until, replyId, t }) =>
        !answered && (until === null ? facts.to - t >= SLOW_NS : replyId !== null || until - t > 50e6),
    );
    const chains = given.map((call) => chainOf(call, lateIn(call, facts.to), facts));
    // Who still waits may be answered yet, unless its callee has forgotten it.
    const open = chains.filter(
      (chain) => !chain.circle && (chain.calls[0]!.until !== null || forgotten(chain, facts) !== ""),
    );
    const groups = [...grouped(open, ({ culprit }) => culprit.label).values()];
    const seen = new Set(given.map(({ from }) => from.handle));
    return [...groups.map((group) => timedOut(group, facts)), ...blindTimeouts(facts.crashes, seen)];
  },
};

function timedOut(chains: readonly WaitChain[], facts: Facts): Finding {
  // The longest chain tells most.
  const chain = chains.reduce((best, one) => (one.calls.length > best.calls.length ? one : best));
  const [first, last] = [chain.calls[0]!, chain.calls.at(-1)!];
  const crashed = facts.crashes.find(
    ({ process, t, reason }) =>
      process.handle === first.from.handle && t >= first.t && reasonOf(reason).type === "timeout",
  );
  const sample = facts.sampleIn(chain.culprit, last.t, first.until ?? facts.to);
  const at = sample?.at ? ` A sample of ${chain.culprit.label} then: in ${sample.at}.` : "";
  const waited = duration((first.until ?? facts.to) - first.t);
  const idle = chains.map((one) => forgotten(one, facts)).find((text) => text !== "") ?? "";
  const via =
    chain.calls.length > 1
      ? ` It waited through ${chainText(chain)}: the one to look at is ${chain.culprit.label}.`
      : "";
  const died = crashed ? " and crashed" : "";
  const told = {
    summary: `${first.from.label} called ${first.to.label} (${first.request}) and ${first.until === null ? "still waits" : "gave up"} after ${waited}${died}.${via}${idle}${idle === "" ? at : ""}`,
    processes: [chain.culprit, ...chain.calls.map(({ from }) => from)],
    t: first.t,
    until: first.until,
    evidence: cite(...chain.calls.map(({ id }) => id), crashed?.id, first.untilId, sample?.id),
    todo:
      idle === ""
        ? `See what ${chain.culprit.label} does with ${last.request}: \`elixirscope waits --process ${chain.culprit.label}\`. Do slow work in a Task, or answer later with GenServer.reply/2.`
        : `Look at each path through the callback of ${chain.culprit.label} for ${last.request}: one returns {:noreply, state}, and nobody answers with GenServer.reply/2 afterwards.`,
  };
  if (first.until !== null) return warn(TIMEOUT, { ...told, score: crashed ? 0.9 : 0.8 });
  return recheck(TIMEOUT, { ...told, confirm: "Whether it is to be answered later.", score: 0.55 });
}

/** Did the last one take the request in, and go on to others, or to wait, without an answer? In words, else "". */
function forgotten({ calls, culprit }: WaitChain, facts: Facts): string {
  const last = calls.at(-1)!;
  const { takenAt } = last;
  if (takenAt === null) return "";
  const end = last.until ?? facts.to;
  const others = facts.calls.filter(
    (one) =>
      one.to.handle === culprit.handle && one.answered && one.t > takenAt && one.until! < end && one !== last,
  );
  const took = ` ${culprit.label} took it in after ${duration(takenAt - last.t)}`;
  const turn = facts.turns.find(
    ({ process, t, callback }) =>
      process.handle === culprit.handle && t >= takenAt && callback === "handle_call/3",
  );
  if (turn && turn.t + turn.durationNs < end - 10e6)
    return `${took}, and its callback was over ${duration(turn.durationNs)} later without having answered.`;
  if (others.length > 0) return `${took}, and went on to answer others (${others.length}), and not this one.`;
  const sample = facts.sampleIn(culprit, takenAt + 50e6, end);
  if (sample?.status === "waiting" && /^:gen_(?:server|statem)\.loop/.test(sample.at ?? ""))
    return `${took}, and waits for the next message without having answered.`;
  return "";
}

/** Where no messages were recorded, the exit reason alone tells of the call. */
function blindTimeouts(crashes: readonly CrashFact[], seen: ReadonlySet<string>): readonly Finding[] {
  const blind = crashes.filter(
    ({ process, reason }) => !seen.has(process.handle) && reasonOf(reason).type === "timeout",
  );
  return [...grouped(blind, ({ process }) => process.label).values()].map((group) => {
    const { process, reason, id, t, cause, logs } = group[0]!;
    const why = reasonOf(reason);
    return warn(TIMEOUT, {
      summary: `${process.label} crashed ${times(group.length)}, since ${why.text}${why.place === null ? "" : `, at ${why.place}`}.`,
      processes: [process],
      t,
      until: group.at(-1)!.t,
      evidence: cite(id, cause?.id, ...logs, ...group.map((one) => one.id)),
      confirm: "Level messages shows whom the callee itself waited for.",
      todo: `See what ${why.callee ?? "the callee"} was doing: record at the level messages or state.`,
      score: 0.75,
    });
  });
}

/** Long calls while others wait for the same process. */
export const blockingCall: Detector = {
  name: BLOCKING,
  looksFor: "slow calls that others wait behind",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: (facts) => {
    const slow = facts.calls.filter(
      (call) =>
        (call.answered || call.until === null) &&
        endOf(call, facts) - call.t >= SLOW_NS &&
        forgotten(chainOf(call, lateIn(call, facts.to), facts), facts) === "" &&
        !chainOf(call, lateIn(call, facts.to), facts).circle,
    );
    return [
      ...grouped(slow, (call) => chainOf(call, lateIn(call, facts.to), facts).culprit.label).values(),
    ].map((group) => slowCall(group, facts));
  },
};

const endOf = ({ until }: CallFact, { to }: Facts): number => until ?? to;

function slowCall(group: readonly CallFact[], facts: Facts): Finding {
  const tookOf = (call: CallFact): number => endOf(call, facts) - call.t;
  const worst = group.reduce((most, call) => (tookOf(call) > tookOf(most) ? call : most));
  const end = endOf(worst, facts);
  const chain = chainOf(worst, lateIn(worst, facts.to), facts);
  const behind = new Set(
    facts.calls
      .filter((one) => one.to.handle === worst.to.handle && one !== worst && one.t >= worst.t && one.t <= end)
      .map(({ from }) => from.handle),
  );
  behind.delete(worst.from.handle);
  const via = chain.calls.length > 1 ? ` It waited through ${chainText(chain)}.` : "";
  const queue =
    behind.size > 0
      ? ` Meanwhile ${behind.size} other ${behind.size === 1 ? "process" : "processes"} called ${worst.to.label} and waited.`
      : "";
  const sample = facts.sampleIn(chain.culprit, worst.t, end);
  const at = sample?.at ? ` A sample of ${chain.culprit.label} then: in ${sample.at}.` : "";
  const told = {
    summary: `${worst.from.label} waited ${duration(end - worst.t)}${worst.until === null ? " (and still does)" : ""} for ${worst.to.label} to answer ${worst.request}.${via}${queue}${at}`,
    processes: [chain.culprit, ...chain.calls.map(({ from }) => from)],
    t: worst.t,
    until: worst.until,
    evidence: cite(...chain.calls.map(({ id }) => id), worst.untilId, sample?.id),
    todo: `A process that others call should not wait itself: start a Task in ${chain.culprit.label} and answer later with GenServer.reply/2.`,
  };
  if (behind.size >= 2) return warn(BLOCKING, { ...told, score: 0.75 });
  return recheck(BLOCKING, {
    ...told,
    confirm:
      "Whether it may take that long: nobody else waited for it. Level state has the exact time in the callback.",
    score: 0.3,
  });
}
