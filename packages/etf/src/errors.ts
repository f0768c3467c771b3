/** What went wrong in the codec; see {@link EtfError}. */
export type EtfErrorCode =
  | "ETF_TRUNCATED"
  | "ETF_BAD_TAG"
  | "ETF_TOO_DEEP"
  | "ETF_TOO_LARGE"
  | "ETF_TRAILING"
  | "ETF_INVALID"
  | "ETF_UNENCODABLE";

/** Where it went wrong. */
export interface EtfErrorDetails {
  /** Byte offset of the offending term (or of the offending byte inside it) in the bytes given. */
  readonly offset: number;
  /** The tag byte of the offending term, where there is one. */
  readonly tag?: number;
}

/** Every failure of this package. `details.offset` is a byte offset: into the input when reading, into the output when encoding. */
export class EtfError extends Error {
  readonly code: EtfErrorCode;
  readonly details: EtfErrorDetails;
  constructor(code: EtfErrorCode, message: string, details: EtfErrorDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EtfError";
    this.code = code;
    this.details = details;
  }
}

// Built out of line, so that the hot loops that may throw stay small enough to be inlined.

export function truncated(offset: number, tag?: number): EtfError {
  const message = `The external term ends too early: the term at byte ${offset} needs more bytes than there are`;
  return new EtfError("ETF_TRUNCATED", message, tag === undefined ? { offset } : { offset, tag });
}

export function badTag(offset: number, tag: number, wanted = "a term"): EtfError {
  const message = `Byte ${offset} holds tag ${tag}, which is not the start of ${wanted}`;
  return new EtfError("ETF_BAD_TAG", message, { offset, tag });
}

export function invalid(offset: number, what: string, tag?: number): EtfError {
  const message = `Invalid external term at byte ${offset}: ${what}`;
  return new EtfError("ETF_INVALID", message, tag === undefined ? { offset } : { offset, tag });
}

export function tooDeep(offset: number, maxDepth: number): EtfError {
  const message = `The term nests deeper than ${maxDepth} levels at byte ${offset}; raise maxDepth to take it`;
  return new EtfError("ETF_TOO_DEEP", message, { offset });
}

export function tooLarge(offset: number, what: string, tag?: number): EtfError {
  return new EtfError("ETF_TOO_LARGE", what, tag === undefined ? { offset } : { offset, tag });
}

export function unencodable(offset: number, what: string): EtfError {
  return new EtfError("ETF_UNENCODABLE", what, { offset });
}
