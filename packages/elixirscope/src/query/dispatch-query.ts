import { skipTerm } from "@elixirscope/etf";
import { bytesKey, CallbackWalk } from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

/** Events of a process that are looked at before and after a message, to see which callback took it. */
const BEFORE = 500;
/** Most messages are handled at once: a few are read first. */
const AFTER = [50, 1_950] as const;

/** When the process took a message out of its mailbox and called a callback with it; `undefined` where that is not known. */
export async function dispatchOf(
  store: TraceStore,
  lookup: Lookup,
  receive: StoredEvent,
): Promise<{ readonly dispatch: StoredEvent; readonly certain: boolean } | undefined> {
  const look = { pids: [receive.pid], kinds: ["receive", "dispatch", "state"] } as const;
  const before = { ...look, beforeId: receive.id + 1, order: "newest_first", limit: BEFORE } as const;
  const walk = new CallbackWalk<StoredEvent>(
    { function: ({ mfa }) => lookup.function(mfa), tag: ({ tag }) => lookup.atomName(tag) },
    true,
  );
  for (const event of (await store.events(before)).toReversed()) walk.step(event);
  let afterId = receive.id;
  for (const limit of AFTER) {
    const page = await store.events({ ...look, afterId, order: "oldest_first", limit });
    for (const event of page) {
      const step = walk.step(event);
      if (step?.dispatch && step.cause?.id === receive.id)
        return { dispatch: step.dispatch, certain: step.certain };
    }
    if (page.length < limit) break;
    afterId = page.at(-1)!.id;
  }
  return undefined;
}

/** The tag of the call that a dispatch begins, as `callShape` has it; `undefined` for anything but a call. */
export function dispatchTag({ payload }: StoredEvent): string | undefined {
  if (payload[0] !== 104 || payload[1] !== 2 || payload[2] !== 88) return undefined;
  return bytesKey(payload.subarray(skipTerm(payload, 2)));
}
