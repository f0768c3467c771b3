import type { CallFact, Facts, Who } from "./facts.ts";
import type { StartFact } from "./more-facts.ts";

/** Who waited for whom at an instant, from a call on. */
export interface WaitChain {
  /** The call, the one that its callee waited in, and so on. */
  readonly calls: readonly CallFact[];
  /** The last callee: the one that all others wait for; of a circle the first caller. */
  readonly culprit: Who;
  /** Each waits for the next, and the last for one before. */
  readonly circle: boolean;
  /** In a circle: the last callee waits for the first caller to start, and not for an answer. */
  readonly starts?: StartFact;
}

const LONGEST = 20;

/** Follows a call to whoever did not answer at `t`. */
export function chainOf(
  call: CallFact,
  t: number,
  { calls, to, startOf }: Pick<Facts, "calls" | "to" | "startOf">,
): WaitChain {
  const chain = [call];
  for (let last = call; chain.length < LONGEST; ) {
    const seen = chain.findIndex(({ from }) => from.handle === last.to.handle);
    if (seen >= 0) return { calls: chain.slice(seen), culprit: last.to, circle: true };
    const next = calls.find(
      (one) => one.from.handle === last.to.handle && one.t <= t && (one.until ?? to) >= t && one !== last,
    );
    if (!next) {
      const starts = startedBy(last, chain, startOf);
      if (starts)
        return { calls: chain.slice(starts.at), culprit: last.to, circle: true, starts: starts.start };
      break;
    }
    chain.push(next);
    last = next;
  }
  return { calls: chain, culprit: chain.at(-1)!.to, circle: false };
}

/** Whoever starts a process waits until its `init` is over: which of the chain did the last callee start during its call? */
function startedBy(
  last: CallFact,
  chain: readonly CallFact[],
  startOf: Facts["startOf"],
): { readonly at: number; readonly start: StartFact } | undefined {
  for (const [at, call] of chain.entries()) {
    const start = call === last ? undefined : startOf(call.from);
    if (start?.by.handle === last.to.handle && start.t >= last.t && start.t <= call.t) return { at, start };
  }
  return undefined;
}

/** The instant at which what a call waits for shows best: shortly before it ends. */
export const lateIn = ({ t, until }: CallFact, to: number): number => t + ((until ?? to) - t) * 0.9;

/** `Web → Cart → Pricing` */
export const chainText = ({ calls, circle, starts }: WaitChain): string =>
  [
    ...calls.map(({ from }) => from.label),
    ...(starts ? [starts.by.label] : []),
    circle ? calls[0]!.from.label : calls.at(-1)!.to.label,
  ].join(" → ");
