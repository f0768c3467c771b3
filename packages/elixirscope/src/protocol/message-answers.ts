import type { EventRow, ProcessRef } from "./answers.ts";

// Messages from both ends, and calls from all four.

/** A request and what became of it. Durations in nanoseconds; null where an end is missing. */
export interface CallRow {
  /** `call`: GenServer, gen_statem, supervisors …; `system`: `sys`. */
  readonly type: "call" | "system";
  readonly from: ProcessRef | null;
  readonly to: ProcessRef | null;
  readonly request: EventRow | null;
  readonly received: EventRow | null;
  /** When the callee's callback began, where that was recorded (level `state`). */
  readonly dispatched: EventRow | null;
  readonly reply: EventRow | null;
  readonly replyReceived: EventRow | null;
  /** From the request's send to the reply's receive. */
  readonly latencyNs: number | null;
  /** From the request's send to the beginning of the callback; where that is not known to its receive, a lower bound. */
  readonly queueNs: number | null;
  /**
   * From the beginning of the callback to the reply's send; where that is not known from the request's receive, an upper
   * bound, since earlier messages may have been taken in with it.
   */
  readonly workNs: number | null;
  /** Are `queueNs` and `workNs` exact, and not bounds? */
  readonly exact: boolean;
  /** `unanswered`: no reply in the record, `why` says more; `unknown`: not enough was searched, or recorded, to tell. */
  readonly outcome: "answered" | "unanswered" | "unknown";
  readonly why: string;
}

export interface MessageAnswer {
  readonly send: EventRow | null;
  readonly receive: EventRow | null;
  /**
   * Receive minus send. The BEAM reports a receive when the process takes in what has come, so that messages which came
   * while it worked are all received at the same moment. Across nodes the clocks' difference is in it. A lower bound.
   */
  readonly mailboxNs: number | null;
  /** Until a callback of its process began with it, where that was recorded (level `state`): the true time in the mailbox. */
  readonly waitedNs: number | null;
  /** The beginning of that callback. */
  readonly dispatched: EventRow | null;
  /** The event that set the timer whose message this is; of a timer, itself. */
  readonly timer: EventRow | null;
  /** The event that cancelled the timer. */
  readonly cancelled: EventRow | null;
  /** False: equal messages were under way and this is the pair whose turn it was; also while a half is missing. */
  readonly certain: boolean;
  /**
   * Of a receive without send: `timer`, `another node`, `runtime` (what the BEAM itself puts into a mailbox), else `timer or
   * untraced`, or `unknown` where not enough was recorded or searched.
   */
  readonly origin: "process" | "timer" | "another node" | "runtime" | "timer or untraced" | "unknown";
  /** Why a half is missing, or the pair not certain; "" otherwise. */
  readonly why: string;
  readonly call: CallRow | null;
}

export interface CallList {
  readonly rows: readonly CallRow[];
  /** Events that were read for this. */
  readonly scanned: number;
  /** False: there are more calls than were looked at (the newest ones). */
  readonly complete: boolean;
}
