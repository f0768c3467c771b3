import { ElixirScopeError } from "../model/index.ts";

/**
 * How much of a recording is kept while it goes on; what is older is removed, and said to be (`Gap` with the cause
 * `retention`). What is pinned stays, and comes on top. What is left out has no limit.
 */
export interface Keep {
  /** Milliseconds: events younger than this are kept. */
  readonly ms?: number;
  /** Bytes on the disk, log included. */
  readonly bytes?: number;
  readonly events?: number;
}

/**
 * Bytes that the file may be larger than what is in it: a row group that is not full is written anew at each merge of the
 * log, and stands there up to three times until the next one; the log itself.
 */
export const OVERHEAD_BYTES = 96_000_000;
/** Below it the overhead would be most of it. */
export const LEAST_BYTES: number = 2 * OVERHEAD_BYTES;

/** @throws ElixirScopeError `STORE_BAD_KEEP` */
export function checkKeep(keep: Keep): void {
  for (const [name, value] of Object.entries(keep) as [keyof Keep, number | undefined][]) {
    if (value === undefined) continue;
    const least = name === "bytes" ? LEAST_BYTES : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new ElixirScopeError(
      "STORE_BAD_KEEP",
      name === "bytes"
        ? `A recording cannot be kept below ${LEAST_BYTES / 1e6} MB; allow it more.`
        : `\`${name}\` of what is kept must be a whole number, 1 or more.`,
      { [name]: value },
    );
  }
}

/** A stretch of time that retention spares, by its name. Bounds as `ts` of events, inclusive. */
export interface Pin {
  readonly name: string;
  readonly from: bigint;
  readonly to: bigint;
}

/** @throws ElixirScopeError `STORE_BAD_PIN` */
export function checkPin({ name, from, to }: Pin): void {
  if (name !== "" && from <= to) return;
  throw new ElixirScopeError("STORE_BAD_PIN", "A pin needs a name, and a beginning before its end.", {
    name,
    from: String(from),
    to: String(to),
  });
}
