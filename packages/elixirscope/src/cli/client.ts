import type { Daemon, DaemonOptions } from "../daemon.ts";
import {
  CALLER_HEADER,
  callerText,
  type Input,
  type MethodName,
  type Output,
  type Surface,
} from "../protocol/index.ts";
import { CliError, EXIT } from "./errors.ts";

/** Who answers questions: an ElixirScope in this process, or a running one over HTTP. Same answers either way. */
export interface Client {
  call<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>>;
}

/** Starts the server side in this process. Loaded only here: it is what makes a start slow. */
export async function launch(options: DaemonOptions): Promise<Daemon> {
  const { startDaemon } = await import("../daemon.ts");
  return startDaemon(options);
}

/** The address of a running ElixirScope. */
export interface Endpoint {
  readonly port: number;
  readonly token: string;
}

const ANSWER_MS = 30_000;

/** A client of a running ElixirScope. Errors carry the code and the message of the other side. */
export function httpClient(
  endpoint: Endpoint,
  timeoutMs: number = ANSWER_MS,
  surface: Surface = "cli",
): Client {
  const caller = callerText({ surface, pid: process.pid });
  return {
    async call<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>> {
      const response = await post(endpoint, method, input, { timeoutMs, caller });
      const answer: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw remoteError(answer, response.status);
      return answer as Output<M>;
    },
  };
}

async function post(
  endpoint: Endpoint,
  method: string,
  input: unknown,
  { timeoutMs, caller }: { readonly timeoutMs: number; readonly caller: string },
): Promise<Response> {
  try {
    return await fetch(`http://127.0.0.1:${endpoint.port}/api/${method}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${endpoint.token}`,
        "content-type": "application/json",
        [CALLER_HEADER]: caller,
      },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new CliError("CLI_CONNECTION_LOST", "The running ElixirScope does not answer.", {
      exit: EXIT.lost,
      hint: "It may just have ended. Start it again: elixirscope attach NODE",
      cause,
    });
  }
}

/** An error answer of the other side, as an error of this one. */
function remoteError(answer: unknown, status: number): Error {
  const error = (answer as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  const message = typeof error?.message === "string" ? error.message : `ElixirScope answered HTTP ${status}.`;
  const code = typeof error?.code === "string" ? error.code : "CLI_BAD_ANSWER";
  return Object.assign(new Error(message), { code });
}
