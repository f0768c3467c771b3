/** What the process exits with. Stable: scripts rely on it; `docs/cli.md` lists it. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  lost: 5,
  interrupted: 130,
  terminated: 143,
} as const;

/** An error of the command line itself, with the exit code that belongs to it. */
export class CliError extends Error {
  readonly code: string;
  readonly exit: number;
  /** What to do about it; printed under the message. */
  readonly hint: string;
  constructor(
    code: string,
    message: string,
    options: { exit?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exit = options.exit ?? EXIT.error;
    this.hint = options.hint ?? "";
  }
}

/** Wrong use of the command line. */
export const usageError = (message: string, hint = ""): CliError =>
  new CliError("CLI_USAGE", message, { exit: EXIT.usage, hint });

/** The stable code of any error, `CLI_ERROR` where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "CLI_ERROR";
}

/** Does the error's code say one of these words? */
export const isCode = (error: unknown, words: RegExp): boolean => words.test(codeOf(error));

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const EXITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [
        EXIT.usage,
        "DIST_BAD_NODE_NAME DIST_LONG_SHORT_NAMES DIST_BAD_OPTION SERVER_BAD_INPUT BAD_MFA_PATTERN",
      ],
      [
        EXIT.usage,
        "STORE_BAD_QUERY QUERY_AMBIGUOUS_PROCESS BAD_TERM_PATTERN QUERY_TOO_FINE QUERY_NO_AGGREGATE ENGINE_NO_REPLAY_NODE ENGINE_SEVERAL_NODES",
      ],
      [EXIT.notFound, "DIST_NODE_UNKNOWN DIST_EPMD_UNREACHABLE DIST_NODE_UNREACHABLE DIST_NOT_DISTRIBUTED"],
      [
        EXIT.notFound,
        "DIST_WRONG_NODE ENGINE_NO_SUCH_NODE STORE_NOT_FOUND QUERY_NO_SUCH_EVENT QUERY_NO_SUCH_PROCESS QUERY_NO_SUCH_LIVE_VIEW QUERY_NO_SUCH_FLOW QUERY_NO_SUCH_REQUEST QUERY_NO_SUCH_BOOKMARK",
      ],
      [EXIT.usage, "STORE_NO_SERVER STORE_BAD_SERVER STORE_BAD_NAME"],
      [EXIT.usage, "AI_BAD_MODEL AI_NO_KEY AI_NOT_INSTALLED"],
      [EXIT.refused, "AI_REFUSED"],
      [EXIT.lost, "AI_TIMEOUT AI_FAILED"],
      [EXIT.notFound, "STORE_UNREACHABLE"],
      [EXIT.refused, "STORE_NO_ACCESS STORE_OLD_SERVER"],
      [
        EXIT.notFound,
        "TRACER_NO_SUCH_PROCESS TRACER_NO_SUCH_FUNCTION QUERY_NOT_A_CALLBACK QUERY_NO_CALLBACKS",
      ],
      [EXIT.refused, "DIST_COOKIE_REJECTED DIST_NO_COOKIE DIST_NAME_CLASH DIST_NOT_ALLOWED TRACER_TAKEN"],
      [EXIT.refused, "TRACER_ALREADY_ATTACHED TRACER_AGENT_REFUSED ENGINE_ALREADY_ATTACHED ENGINE_READ_ONLY"],
      [
        EXIT.refused,
        "SERVER_NO_TOKEN SERVER_FOREIGN_ORIGIN TRACER_NO_LINES TRACER_REPLAY_BUSY TRACER_NOT_ALLOWED AUDIT_NOT_WRITTEN",
      ],
      [EXIT.usage, "STORE_MERGE_OVERLAP QUERY_NOT_A_STATE"],
      [EXIT.lost, "DIST_CLOSED DIST_TIMEOUT DIST_CALL_TIMEOUT DIST_RPC_TIMEOUT DIST_RPC_ABORTED"],
      [EXIT.usage, "SSH_BAD_CONFIG SSH_BAD_DESTINATION SSH_KEY_UNREADABLE"],
      [EXIT.usage, "PROFILES_BAD PROFILES_BAD_NAME PROFILES_EXISTS PROFILES_NO_FILE"],
      [EXIT.notFound, "PROFILES_NO_SUCH"],
      [EXIT.refused, "PROFILES_EXPOSED"],
      [EXIT.notFound, "SSH_HOST_NOT_FOUND SSH_UNREACHABLE"],
      [EXIT.refused, "SSH_AUTH_FAILED SSH_FORWARDING_FORBIDDEN SSH_HANDSHAKE_FAILED SSH_HOST_UNKNOWN"],
      [EXIT.refused, "SSH_HOST_KEY_CHANGED SSH_HOST_KEY_REVOKED SSH_PASSPHRASE_NEEDED SSH_PASSPHRASE_WRONG"],
      [EXIT.lost, "ENGINE_STOPPED ENGINE_NOT_CONNECTED"],
    ] as const
  ).flatMap(([exit, codes]) => codes.split(" ").map((code) => [code, exit] as const)),
);

/** The exit code for an error; 1 for what has no number of its own. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CliError ? error.exit : (EXITS.get(codeOf(error)) ?? EXIT.error);
}
