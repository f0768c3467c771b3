import type { Term } from "@elixirscope/etf";

/** What went wrong between us and an Erlang node; see {@link DistError}. */
export type DistErrorCode =
  | "DIST_BAD_NODE_NAME"
  | "DIST_BAD_OPTION"
  | "DIST_BAD_DESTINATION"
  | "DIST_CALL_FAILED"
  | "DIST_CALL_TIMEOUT"
  | "DIST_CLOSED"
  | "DIST_COOKIE_REJECTED"
  | "DIST_EPMD_UNREACHABLE"
  | "DIST_LONG_SHORT_NAMES"
  | "DIST_NAME_CLASH"
  | "DIST_NODE_UNKNOWN"
  | "DIST_NODE_UNREACHABLE"
  | "DIST_NOT_ALLOWED"
  | "DIST_NOT_DISTRIBUTED"
  | "DIST_NO_COOKIE"
  | "DIST_OTP_TOO_OLD"
  | "DIST_PROTOCOL"
  | "DIST_RPC_ABORTED"
  | "DIST_RPC_ERROR"
  | "DIST_RPC_TIMEOUT"
  | "DIST_SPAWN_FAILED"
  | "DIST_TIMEOUT"
  | "DIST_TLS_REFUSED"
  | "DIST_WRONG_NODE";

/**
 * Every failure of this package. `message` says what to do; `details` is JSON-safe and holds the facts (node, host, port, …),
 * never a cookie.
 */
export class DistError extends Error {
  readonly code: DistErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  /** Where the failure happened on the peer: the reason as a term (`details.reason` has its text). */
  readonly reason: Term | undefined;
  constructor(
    code: DistErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
    reason?: Term,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DistError";
    this.code = code;
    this.details = details;
    this.reason = reason;
  }
}

/**
 * What a `Dial` rejects with where the way itself is not there (a tunnel that does not come about). It reaches the caller as it is; any
 * other error means that nothing listens at the way's end.
 */
export class WayError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "WayError";
    this.code = code;
    this.details = details;
  }
}
