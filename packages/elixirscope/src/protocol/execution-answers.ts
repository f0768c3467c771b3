import type { ProcessRef, TermText } from "./answers.ts";

/**
 * - `returned`, `raised`: its end was recorded
 * - `ended`: its process ended in the call (up to OTP 26 a killed process raises `{:exit, :killed}`)
 * - `open`: it still ran when the record ended, or runs now
 * - `unknown`: events were lost
 */
export type ExecutionOutcome = "returned" | "raised" | "ended" | "open" | "unknown";

/** A call of a traced function, and what became of it. */
export interface ExecutionRow {
  /** Of the call event (of the end, where the call was not recorded). */
  readonly id: number;
  /** Of the return, the exception or the exit. */
  readonly endId: number | null;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly at: string;
  readonly node: number;
  readonly process: ProcessRef | null;
  /** `Mod.fun/arity` */
  readonly mfa: string;
  /** The argument list; null where the call was not recorded. */
  readonly args: TermText | null;
  /** Value, `{Class, Reason}` or exit reason; null while there is no end. */
  readonly result: TermText | null;
  readonly outcome: ExecutionOutcome;
  /** From call to end, waiting included; null where an end is missing. */
  readonly durationNs: number | null;
  /** Without the traced calls in it; null where one of these has no known end. */
  readonly ownNs: number | null;
  /** Traced calls around it. */
  readonly depth: number;
  /** `id` of the innermost of these. */
  readonly parent: number | null;
  /** `Mod.fun/arity` of the caller, traced or not; null where it is not known (a process's first function). */
  readonly caller: string | null;
  /**
   * Line of the call in the caller's source, from the address that it returns to: where the result goes straight into
   * another call (`f(x) |> g()`), it is the line of that one.
   */
  readonly callerLine: number | null;
  /** Source of the function, and the line where it is defined; null without debug info. */
  readonly file: string | null;
  readonly line: number | null;
  /** False: events were lost meanwhile, so that this may be another call's end. */
  readonly certain: boolean;
}

export interface ExecutionList {
  readonly rows: readonly ExecutionRow[];
  /** Events that were read for this. */
  readonly scanned: number;
  /** False: there are more calls than were looked at (the newest ones). */
  readonly complete: boolean;
}
