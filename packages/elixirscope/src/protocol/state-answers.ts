import type { EventRow, TermText } from "./answers.ts";

// States of a process, one after the other, with what led from each to the next.

/** A process's state after a callback, or the last one that `terminate` was given. */
export interface StateRow {
  /** Of the `state` event. */
  readonly id: number;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly at: string;
  /** Callback module; `:gen_event` for all handlers of one. */
  readonly module: string | null;
  /** Function of OTP that was entered with this state: `:gen_server.loop/7`, `:gen_server.terminate/10` … */
  readonly function: string | null;
  readonly state: TermText;
  /** `whole`; `cut`: parts of it were too large to be recorded; `not_copied`: all of it was, only its size is known. */
  readonly extent: "whole" | "cut" | "not_copied";
  /** The callback that left it: `Hello.Counter.handle_call/3`; null where none was recorded. */
  readonly callback: string | null;
  /** What the callback was called for, where that was no message: `init`, `internal :greet`, `continue :load` …; else "". */
  readonly occasion: string;
  /** The message that led to it; null where it was none, or is not in the record. */
  readonly cause: EventRow | null;
  /** False: another message of the same look may have been the cause. */
  readonly causeCertain: boolean;
  /** From the beginning of the callback to this state. */
  readonly durationNs: number | null;
  /** False: the beginning was not recorded, and `durationNs` is an upper bound, from when it was possible at the earliest. */
  readonly durationExact: boolean;
  /** From when the process took the message in to the beginning of the callback; null where either is not known. */
  readonly waitedNs: number | null;
  /** gen_statem put the event back (`postpone`): it comes again in another state. */
  readonly postponed: boolean;
  /** Why the process ends, of a state that `terminate` was given. */
  readonly reason: TermText | null;
  /** Other than the version before? Null: there is none, or what was cut does not allow to tell. */
  readonly changed: boolean | null;
  /** What changed, where it was asked for and there is a version before. */
  readonly diff: StateDiff | null;
}

/** Terms as text, cut at some length. */
export interface StateChange {
  /** `.count`, `["key"]`, `[:key]`, `[3]` in a list, `{0}` in a tuple, `<:x>` a member of a MapSet; "" is the whole state. */
  readonly path: string;
  /** The same for IEx, with the state in `state`: `elem(state.items, 0)`; absent where it cannot be written. */
  readonly iex?: string;
  /** Null: it was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface StateDiff {
  readonly changes: readonly StateChange[];
  /** There are more changes than are listed. */
  readonly more: boolean;
  /** Places of which nothing is known, since they were too large to be recorded. */
  readonly unknown: readonly string[];
}

export interface StateList {
  /** In the order that was asked for. */
  readonly rows: readonly StateRow[];
  readonly more: boolean;
  /** Why there are none; "" where there are some. */
  readonly why: string;
}
