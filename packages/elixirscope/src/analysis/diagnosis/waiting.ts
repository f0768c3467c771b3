import type { CallFact, Facts, Who } from "./facts.ts";

/** Who waited for whom at an instant, from a call on. */
export interface WaitChain {
  /** The call, the one that its callee waited in, and so on. */
  readonly calls: readonly CallFact[];
  /** The last callee: the one that all others wait for; of a circle the first caller. */
  readonly culprit: Who;
  /** Each waits for the next, and the last for one before. */
  readonly circle: boolean;
}

const LONGEST = 20;

/** Follows a call to whoever did not answer at `t`. */
export function chainOf(call: CallFact, t: number, { calls, to }: Pick<Facts, "calls" | "to">): WaitChain {
  const chain = [call];
  for (let last = call; chain.length < LONGEST; ) {
    const seen = chain.findIndex(({ from }) => from.handle === last.to.handle);
    if (seen >= 0) return { calls: chain.slice(seen), culprit: last.to, circle: true };
    const next = calls.find(
      (one) => one.from.handle === last.to.handle && one.t <= t && (one.until ?? to) >= t && one !== last,
    );
    if (!next) break;
    chain.push(next);
    last = next;
  }
  return { calls: chain, culprit: chain.at(-1)!.to, circle: false };
}

/** The instant at which what a call waits for shows best: shortly before it ends. */
export const lateIn = ({ t, until }: CallFact, to: number): number => t + ((until ?? to) - t) * 0.9;

/** `Web → Cart → Pricing` */
export const chainText = ({ calls, circle }: WaitChain): string =>
  [...calls.map(({ from }) => from.label), circle ? calls[0]!.from.label : calls.at(-1)!.to.label].join(
    " → ",
  );
