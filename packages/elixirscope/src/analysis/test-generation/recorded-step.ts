import type { Pid, Term } from "@elixirscope/etf";

/** A message that a callback sent, and what was answered where it was a question. */
export interface SentMessage {
  readonly to: Pid | undefined;
  /** Registered name of the receiver, an atom's. */
  readonly name: string | undefined;
  /** A process of OTP or Elixir itself: there is one in each test as well. */
  readonly system: boolean;
  /** What the receiver is called, for people. */
  readonly label: string;
  readonly message: Term;
  readonly isQuestion: boolean;
  readonly answer: Term | undefined;
}

/** A broadcast of Phoenix.PubSub, to all who are subscribed. */
export interface StepBroadcast {
  /** The pubsub, an atom's name. */
  readonly pubsub: string;
  readonly topic: string;
  readonly message: Term;
}

export type StepOutcome =
  | {
      readonly type: "returned";
      readonly reply: Term | undefined;
      readonly state: Term;
      /** What it went on with; null: with nothing, undefined: not known. */
      readonly continued: Term | null | undefined;
      /** Why it stopped. */
      readonly stop: Term | undefined;
    }
  | { readonly type: "raised"; readonly reason: Term };

/** A callback of a GenServer as it was recorded, in terms: what it was given, and what it came to. */
export interface RecordedStep {
  /** Of the state that it left. */
  readonly event: number;
  /** Unix nanoseconds. */
  readonly at: bigint;
  readonly module: string;
  readonly function: string;
  readonly self: Pid;
  /** `{Pid, Tag}` of a call. */
  readonly from: Term | undefined;
  readonly message: Term;
  readonly state: Term;
  readonly outcome: StepOutcome;
  readonly sent: readonly SentMessage[];
  readonly broadcasts: readonly StepBroadcast[];
  /** Its process takes timeouts, so that what a callback returns may have one, which the record does not tell. */
  readonly mayTimeOut: boolean;
  readonly notes: readonly string[];
}

/** A test, as the lines between `do` and `end`. */
export interface WrittenTest {
  /** `handle_call/3` */
  readonly group: string;
  readonly name: string;
  readonly events: readonly number[];
  readonly comments: readonly string[];
  readonly lines: readonly string[];
}
