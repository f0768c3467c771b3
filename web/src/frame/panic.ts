import { say } from "../parts/notice.ts";
import { ask } from "../server/ask.ts";
import { acceptStatus, liveState } from "../server/live.ts";

/** Is there anything to stop? */
export const canStop = (): boolean =>
  liveState().status?.nodes.some(({ state }) => state === "connected" || state === "disconnected") ?? false;

/** Takes everything of ours out of the node, at once and without a question; the banner says what became of it. */
export async function stopTracing(): Promise<void> {
  if (!canStop()) return;
  try {
    acceptStatus(await ask("detach", {}));
    say("Stopped: nothing of ours is left in the node.");
  } catch (error) {
    say(`Not stopped: ${error instanceof Error ? error.message : String(error)}`);
  }
}
