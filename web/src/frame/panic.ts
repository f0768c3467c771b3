import { useSyncExternalStore } from "react";
import { say } from "../parts/notice.ts";
import { ask } from "../server/ask.ts";
import { acceptStatus, liveState } from "../server/live.ts";

/** Is there anything to stop? */
export const canStop = (): boolean =>
  liveState().status?.nodes.some(({ state }) => state === "connected" || state === "disconnected") ?? false;

// A stop that failed stays in sight until one succeeds or the node is gone: the node may still be traced.
let failure: string | undefined;
const listeners = new Set<() => void>();

function setFailure(next: string | undefined): void {
  failure = next;
  for (const listener of listeners) listener();
}

function onFailure(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Why the last stop failed; nothing where it did not. */
export const useStopFailure = (): string | undefined => useSyncExternalStore(onFailure, () => failure);

/** Takes everything of ours out of the node, at once and without a question; the banner says what became of it. */
export async function stopTracing(): Promise<void> {
  if (!canStop()) return;
  try {
    acceptStatus(await ask("detach", {}));
    setFailure(undefined);
    say("Stopped: nothing of ours is left in the node.");
  } catch (error) {
    setFailure(error instanceof Error ? error.message : String(error));
  }
}
