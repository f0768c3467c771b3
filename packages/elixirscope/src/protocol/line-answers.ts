import type { ProcessRef, TermText } from "./answers.ts";

/** A line of a module's source. */
export interface LineRow {
  readonly line: number;
  /** How often it ran, as far as was recorded; 0: something was bound there (a function's head), but nothing runs. */
  readonly count: number;
  /** Functions that it is in, `Mod.fun/arity`. */
  readonly functions: readonly string[];
  /** Variables bound at this line, with their newest values. */
  readonly values: readonly LineValue[];
  /** Instant `t`, event and process of the last time; null where nothing runs. */
  readonly lastT: number | null;
  readonly lastId: number | null;
  readonly lastProcess: ProcessRef | null;
}

export interface LineValue {
  readonly name: string;
  readonly value: TermText;
}

export interface LineList {
  readonly module: string;
  /** Its source where it was compiled, or null. */
  readonly file: string | null;
  /** In order of the source. */
  readonly rows: readonly LineRow[];
  /** Events that were read for this: counts are of all of them, values of the newest. */
  readonly scanned: number;
  /** False: there are more than were read (the newest ones). */
  readonly complete: boolean;
}

/** One time that values were bound at a line. */
export interface LineMoment {
  /** The event that tells of them. */
  readonly id: number;
  readonly t: number;
  readonly process: ProcessRef | null;
  readonly values: readonly LineValue[];
}

export interface LineHistory {
  readonly module: string;
  readonly line: number;
  /** Newest first. */
  readonly rows: readonly LineMoment[];
  readonly scanned: number;
  /** False: there are more than were read or asked for. */
  readonly complete: boolean;
}
