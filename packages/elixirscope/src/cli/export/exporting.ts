import type { EventChoice, FlowChoice } from "../../protocol/index.ts";
import type { ExportOut } from "./out.ts";

/** How far it is. */
export interface Progress {
  /** Notes one thing more, which happened at `t`; true: the user wants it to end. */
  did(t: number): boolean;
  /** What was exported so far. */
  readonly count: number;
}

/** What a format is given. */
export interface Exporting {
  readonly out: ExportOut;
  readonly events: EventChoice;
  readonly flows: FlowChoice;
  /** Only this one. */
  readonly flow: string | undefined;
  /** How much of each, where a format has something to say about that. */
  readonly limit: number | undefined;
  readonly progress: Progress;
}
