import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "./client.ts";

const STEP_MS = 60;
const LONGEST_MS = 5_000;

/**
 * Waits until the snapshot of a node that was just attached to has come in: until no event came for a moment, or the
 * longest time is over (a busy node never falls silent).
 */
export async function settle(client: Client): Promise<void> {
  const end = Date.now() + LONGEST_MS;
  let before = -1;
  for (;;) {
    const { lastEventId, processesAlive } = await client.call("status", {});
    if (processesAlive > 0 && lastEventId === before) return;
    if (Date.now() > end) return;
    before = lastEventId;
    await delay(STEP_MS);
  }
}
