import type { GapRow } from "elixirscope/protocol";

export type GapCause = GapRow["cause"];

export interface GapWords {
  /** What happened, in a few words. */
  readonly title: string;
  /** Why, in a sentence. */
  readonly why: string;
  /** How to get it next time. */
  readonly remedy: string;
}

const WORDS: Readonly<Record<GapCause, GapWords>> = {
  no_credit: {
    title: "ElixirScope did not keep up",
    why: "More happened than could be taken over, so the agent dropped events and counted them.",
    remedy: "Record less: a lower level, fewer call patterns, or only some processes.",
  },
  overload: {
    title: "The tracer was overloaded",
    why: "The tracer's mailbox in the node passed its limit, so the agent only counted.",
    remedy: "Record less: a lower level, fewer call patterns, or only some processes.",
  },
  breaker: {
    title: "Tracing was switched off to protect the node",
    why: "Recording cost the node more than its limit, so the circuit breaker opened.",
    remedy: "It closes again when the node is calm; a lower level keeps it closed.",
  },
  budget: {
    title: "A lower level was in force",
    why: "Recording cost more than its budget, so the agent stepped down: what only the higher levels record is missing.",
    remedy: "It steps up again by itself. A wider budget, fewer processes or a sample keep it up.",
  },
  detached: {
    title: "Not attached",
    why: "There was no connection to the node, and nothing is traced without one.",
    remedy: "Nothing to do: recording goes on from where the connection came back.",
  },
  taken_over: {
    title: "Another tool took the tracer",
    why: "Before OTP 27 a node has one tracer, and another tool took it.",
    remedy: "Stop the other tool, then choose the level again.",
  },
  code_reload: {
    title: "Traced code was loaded anew",
    why: "New code comes without trace patterns; until they were set again, its calls may be missing. Nothing else is.",
    remedy: "Nothing to do: it takes some milliseconds each time.",
  },
  left_out: {
    title: "Not in this copy",
    why: "It was recorded; this recording is a copy of a part of that one.",
    remedy: "Whoever made the copy has all of it.",
  },
  retention: {
    title: "Removed to stay within the limits",
    why: "It was recorded, and went when the recording reached its limit of age, size or events.",
    remedy: "Wider limits keep more; what is pinned is never removed.",
  },
};

/** Words for a gap's cause; a cause of a newer version says itself. */
export const gapWords = (cause: string): GapWords =>
  WORDS[cause as GapCause] ?? { title: cause, why: "Events are missing here.", remedy: "" };
