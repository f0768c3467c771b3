import { skipTerm } from "@elixirscope/etf";
import { bytesKey, CallbackWalk } from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { lookBack } from "./look-back.ts";
import type { Lookup } from "./lookup.ts";

/** Events of a process that are looked at before and after a message at most, to see which callback took it. */
const BEFORE = 500;
/** Most messages are handled at once: a few are read first. */
const AFTER = [12, 50, 1_938] as const;

/** When the process took a message out of its mailbox and called a callback with it; `undefined` where that is not known. */
export async function dispatchOf(
  store: TraceStore,
  lookup: Lookup,
  receive: StoredEvent,
): Promise<{ readonly dispatch: StoredEvent; readonly certain: boolean } | undefined> {
  const look = { pids: [receive.pid], kinds: ["receive", "dispatch", "state"] } as const;
  const walked = (events: readonly StoredEvent[]): CallbackWalk<StoredEvent> => {
    const walk = new CallbackWalk<StoredEvent>(
      { function: ({ mfa }) => lookup.function(mfa), tag: ({ tag }) => lookup.atomName(tag) },
      true,
    );
    for (const event of events) walk.step(event);
    return walk;
  };
  const isKnown = (events: readonly StoredEvent[]): boolean =>
    walked(events).inside(receive.pid)?.known === true;
  const walk = walked(await lookBack(store, { ...look, beforeId: receive.id }, BEFORE, isKnown));
  walk.step(receive);
  let afterId = receive.id;
  for (const limit of AFTER) {
    const page = await store.events({ ...look, afterId, order: "oldest_first", limit });
    for (const event of page) {
      const step = walk.step(event);
      if (step?.dispatch && step.cause?.id === receive.id)
        return { dispatch: step.dispatch, certain: step.certain };
      if (event.kind === "dispatch" && isPassedOver(walk, receive)) return undefined;
    }
    if (page.length < limit) break;
    afterId = page.at(-1)!.id;
  }
  return undefined;
}

/** Did its process begin with one that came later? Then it was taken within a callback, as the reply to a call is. */
function isPassedOver(walk: CallbackWalk<StoredEvent>, { id, pid }: StoredEvent): boolean {
  const inside = walk.inside(pid);
  return inside?.current?.cause?.id !== id && !inside?.waiting.some((event) => event.id === id);
}

/** The tag of the call that a dispatch begins, as `callShape` has it; `undefined` for anything but a call. */
export function dispatchTag({ payload }: StoredEvent): string | undefined {
  if (payload[0] !== 104 || payload[1] !== 2 || payload[2] !== 88) return undefined;
  return bytesKey(payload.subarray(skipTerm(payload, 2)));
}
