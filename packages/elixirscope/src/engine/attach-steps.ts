import type { AttachStep } from "../tracer/index.ts";

/** What an attach waits for, as the end of a sentence that begins with `it waits for`. */
const WORDS: Readonly<Record<AttachStep | "tracing" | "processes", string>> = {
  connection: "an answer of the node: EPMD, then the handshake",
  agent: "the node to compile and load the agent",
  start: "the agent to start",
  tracing: "the node to take up tracing",
  processes: "the list of the node’s processes",
};

export type LinkStep = keyof typeof WORDS;

export const waitWords = (step: LinkStep): string => WORDS[step];
