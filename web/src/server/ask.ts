import type { ErrorAnswer, Input, MethodName, Output } from "elixirscope/protocol";

/** What went wrong with a question. `code` is the server's, or `UNREACHABLE` where there was no answer. */
export class AskError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = "AskError";
    this.code = code;
    this.status = status;
  }
}

let token = "";

/** Sets the token that every question carries. */
export function setToken(value: string): void {
  token = value;
}

/**
 * Asks the server one question of the protocol.
 *
 * @throws AskError with the server's code and its sentence that says what to do; status 0 where it did not answer.
 */
export async function ask<M extends MethodName>(
  method: M,
  input: Input<M>,
  signal?: AbortSignal,
): Promise<Output<M>> {
  const response = await send(method, input, signal);
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Output<M>;
}

async function send(method: string, input: unknown, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(`/api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new AskError("UNREACHABLE", "ElixirScope does not answer. Is it still running?", 0);
  }
}

async function errorOf(response: Response): Promise<AskError> {
  const answer: Partial<ErrorAnswer> = await response.json().catch(() => ({}));
  const code = answer.error?.code ?? "HTTP";
  const message = answer.error?.message ?? `The server answered ${response.status}.`;
  return new AskError(code, message, response.status);
}
