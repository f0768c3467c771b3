/** The text of a module's source as it was, secrets overwritten; or why there is none. */
export interface SourceText {
  /** The module as the node's atom. */
  readonly module: string;
  /** The source's path where it was compiled, or "". */
  readonly file: string;
  readonly text: string | null;
  /** SHA-256 of the text as it is here, hexadecimal; "" where there is none. */
  readonly hash: string;
  /** Why there is none: `not_loaded`, `no_file`, `too_large`, `unreadable`, `library`; else "". */
  readonly reason: string;
  /** The file is younger than the code that runs: lines may have moved. */
  readonly changed: boolean;
  /** Lines that can be recorded; null where there is no debug info. */
  readonly executable: readonly number[] | null;
}
