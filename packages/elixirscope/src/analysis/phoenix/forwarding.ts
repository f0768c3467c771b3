import { encode, type Term, tuple } from "@elixirscope/etf";
import { bytesKey } from "../message-pairing.ts";

// A broadcast for all nodes goes to the adapter on each of them, which broadcasts it there: what one node told of as a
// `broadcast` comes back as a `local_broadcast` of others.

/** A call of a broadcasting function. */
export interface BroadcastCall {
  readonly ts: bigint;
  readonly node: number;
  readonly operation: string;
  /** Equal of calls that hand on the same; "" where nobody else can have been told. */
  readonly key: string;
}

/** How much earlier than it was sent something may seem to have arrived: the clocks of two nodes differ. */
const SKEW_NS = 1_000_000_000n;
/** What takes longer to get to another node is taken for another one. */
const LATEST_NS = 10_000_000_000n;

/** Of topic and message, whichever release wrote them. */
export const broadcastKey = (
  pubsub: Term,
  topic: Term,
  message: Term | undefined,
  dispatcher: Term | undefined,
): string => bytesKey(encode(tuple(pubsub, topic, message ?? [], dispatcher ?? [])));

/**
 * Which broadcasts an adapter made on its node for which ones of other nodes. Of equal ones the newest that had been
 * sent then is the one, beginning with the last: one that never arrived leaves those behind it alone.
 *
 * @returns by what the adapter did: what it did that for
 */
export function forwardings<C extends BroadcastCall>(calls: readonly C[]): ReadonlyMap<C, C> {
  const sent = new Map<string, C[]>();
  const arrived = new Map<string, C[]>();
  for (const call of calls) {
    if (call.key === "") continue;
    const lists = call.operation === "local_broadcast" ? arrived : sent;
    const key = call.operation === "local_broadcast" ? `${call.node} ${call.key}` : call.key;
    const list = lists.get(key);
    if (list) list.push(call);
    else lists.set(key, [call]);
  }
  const found = new Map<C, C>();
  for (const list of arrived.values()) {
    const free = (sent.get(list[0]!.key) ?? []).filter(({ node }) => node !== list[0]!.node).sort(byTime);
    for (const local of list.sort(byTime).toReversed()) {
      const at = originOf(local, free);
      if (at >= 0) found.set(local, free.splice(at, 1)[0]!);
    }
  }
  return found;
}

const byTime = (a: BroadcastCall, b: BroadcastCall): number => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);

/** @param free oldest first */
function originOf({ ts }: BroadcastCall, free: readonly BroadcastCall[]): number {
  const before = free.findLastIndex((one) => one.ts <= ts && one.ts >= ts - LATEST_NS);
  return before >= 0 ? before : free.findIndex((one) => one.ts > ts && one.ts <= ts + SKEW_NS);
}
