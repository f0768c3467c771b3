import type { Pid, Reference } from "@elixirscope/etf";

/** Equal exactly for equal pids. */
export const pidKey = (pid: Pid): string => `${pid.id}.${pid.serial}.${pid.creation}@${pid.node}`;

/** Equal exactly for equal references. */
export const refKey = (ref: Reference): string => `${ref.words.join(".")}.${ref.creation}@${ref.node}`;
