/** Base of every error that ElixirScope throws on purpose. `code` is stable; `message` says what to do. */
export class ElixirScopeError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ElixirScopeError";
    this.code = code;
    this.details = details;
  }
}
