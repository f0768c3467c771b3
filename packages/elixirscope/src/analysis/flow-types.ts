// What flows are made of. `flow.ts` puts them together.

/** An event of a flow, or the exit of a process. */
export interface FlowEvent {
  readonly id: number;
  readonly node: number;
  /** Unix nanoseconds. */
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly peer: number;
  readonly mfa: number;
  /** Of a start: the word that says what sort it is (see {@link FlowInput.word}). */
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** A message (or a spawn) on its way from one process to another. */
export interface FlowHop<E extends FlowEvent> {
  /** Missing where it came from a process that is not traced (on another node). */
  readonly send: E | undefined;
  readonly from: FlowSpan<E> | undefined;
  /** Missing while it has not been taken. */
  receive: E | undefined;
  to: FlowSpan<E> | undefined;
  readonly type: "message" | "spawn";
  /** It answers a request of the span that it comes back to. */
  reply: boolean;
}

/** What one process did of a flow: from the message that it took (or from the entry point) until it waits again. */
export interface FlowSpan<E extends FlowEvent> {
  readonly pid: number;
  readonly node: number;
  /** The start of the flow, or the receive. */
  readonly opened: E;
  cause: FlowHop<E> | undefined;
  /** Of an entry point within another part of a flow: that part. */
  readonly outer: FlowSpan<E> | undefined;
  /** The message came from a process whose flow was over: it still held the token, but this belongs to no flow. */
  isLeftOver: boolean;
  readonly hops: FlowHop<E>[];
  /** Further entry points that were reached in it. */
  readonly entries: E[];
  /** Where it said that it waits again, as OTP processes do, or the entry point returned. */
  ended: E | undefined;
  /** An exit other than `normal` and `shutdown` while it was at it, or an exception out of the entry point. */
  failure: E | undefined;
  /** It waited for an answer that came without the token (or not at all): what it did afterwards is not known. */
  isLost: boolean;
  /** Of a start: nothing of ours had been there before, as far as the record tells. */
  fresh: boolean;
  /** Its newest event. */
  last: E;
}

export interface Flow<E extends FlowEvent> {
  /** Its id is the flow's. */
  readonly start: E;
  /** In the order in which they began; the first is the entry point's. */
  readonly spans: readonly FlowSpan<E>[];
  readonly first: bigint;
  readonly last: bigint;
  /** False: events were lost while it went on, or it had begun before the record, or one of its processes is lost (`isLost`). */
  readonly complete: boolean;
}

export interface FlowInput<E extends FlowEvent> {
  /**
   * In any order: `flow_start`, `flow_send`, `flow_receive`, `flow_end`, `exit`, and `call`, `return` and `exception` of the
   * functions that are entry points.
   */
  readonly events: readonly E[];
  /** Stretches in which events of flows, or calls, may have been lost. */
  readonly gaps: readonly { readonly node: number; readonly from: bigint; readonly to: bigint }[];
  /** The word of a tag, such as `start`. */
  readonly word: (tag: number) => string | undefined;
  /** Is the process on a node whose flows are not recorded? */
  readonly isAway: (process: number) => boolean;
  /** Is the exit's reason a failure? */
  readonly isFailure: (exit: E) => boolean;
}

export interface Flows<E extends FlowEvent> {
  /** In the order of their starts. */
  readonly flows: readonly Flow<E>[];
  /** Events that belong to no start in this window: earlier flows, or what a gap left of one. */
  readonly strays: number;
  /** Entry points that were reached with a token of the application's own: it was left alone. */
  readonly foreign: readonly E[];
}
