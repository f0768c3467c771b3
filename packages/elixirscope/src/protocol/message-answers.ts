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
  readonly reply: EventRow | null;
  readonly replyReceived: EventRow | null;
  /** From the request's send to the reply's receive. */
  readonly latencyNs: number | null;
  /** From the request's send to its receive, see {@link MessageAnswer.mailboxNs}. */
  readonly queueNs: number | null;
  /** From the request's receive to the reply's send: includes earlier messages that the callee took at once with it. */
  readonly workNs: number | null;
  /** `unanswered`: no reply in the record, `why` says more; `unknown`: not enough was searched, or recorded, to tell. */
  readonly outcome: "answered" | "unanswered" | "unknown";
  readonly why: string;
}

export interface MessageAnswer {
  readonly send: EventRow | null;
  readonly receive: EventRow | null;
  /**
   * Receive minus send. The BEAM reports a receive when the process takes in what has come, so that messages which came
   * while it worked are all received at the same moment. Across nodes the clocks' difference is in it.
   */
  readonly mailboxNs: number | null;
  /** False: equal messages were under way and this is the pair whose turn it was; also while a half is missing. */
  readonly certain: boolean;
  /** Of a receive without send: `timer or untraced`, or `unknown` where not enough was recorded or searched. */
  readonly origin: "process" | "timer or untraced" | "unknown";
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
