import { readdirSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";

/**
 * Lets the application go first where it shares the machine with us: lowers the priority of every thread of this process but
 * the main one, whose children (`elixirscope run -- COMMAND`) would inherit it. Where priorities belong to processes (all but
 * Linux) the process as a whole steps back.
 *
 * Not by default: on a machine with far more work than processors a thread that waits for its turn longer than the agent waits
 * for a sign of life ends the tracing.
 *
 * @param setting `ELIXIRSCOPE_NICE`: a niceness from 1 to 19; nothing or anything else changes nothing
 */
export function stepBack(setting: string | undefined): void {
  const nice = Number(setting);
  if (!Number.isInteger(nice) || nice <= 0 || nice > constants.priority.PRIORITY_LOW) return;
  for (const thread of threads()) {
    try {
      if (getPriority(thread) < nice) setPriority(thread, nice);
    } catch {
      // It has ended meanwhile; or this system has a policy of its own, which stays.
    }
  }
}

function threads(): readonly number[] {
  if (process.platform !== "linux") return [process.pid];
  return readdirSync("/proc/self/task")
    .map(Number)
    .filter((thread) => thread !== process.pid);
}
