/** What becomes of a call of ours that waits for an answer, and the errors for those that got none. */

import type { Atom } from "@elixirscope/etf";
import { isAtom, type Pid, type Term } from "@elixirscope/etf";
import { DistError } from "./errors.ts";
import { reasonText } from "./remote-error.ts";

export const DEFAULT_TIMEOUT_MS = 5_000;

export interface RpcOptions {
  /** Milliseconds, default 5,000; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type Answer =
  | { readonly kind: "reply"; readonly term: Term }
  | { readonly kind: "down"; readonly reason: Term }
  /** The peer could not start the process: why. */
  | { readonly kind: "not_spawned"; readonly result: Atom }
  | { readonly kind: "unreadable"; readonly error: Error }
  | { readonly kind: "timeout" }
  | { readonly kind: "aborted" };

export interface CallName {
  readonly node: string;
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

const callText = (call: CallName): string => `${call.module}:${call.function}/${call.arity} on ${call.node}`;

/** The process that the rpc ran in ended otherwise than with an outcome. */
export function workerLost(call: CallName, reason: Term): DistError {
  if (isAtom(reason, "noconnection")) {
    const message = `The connection to ${call.node} ended during ${callText(call)}. Connect again`;
    return new DistError("DIST_CLOSED", message, { ...call });
  }
  const text = reasonText(reason);
  const message = `${callText(call)} did not answer: the process it ran in ended with ${text}`;
  const details = { ...call, class: "exit", reason: text, remoteStack: "" };
  return new DistError("DIST_RPC_ERROR", message, details, undefined, reason);
}

/** An rpc without outcome. */
export function rpcFailure(call: CallName, answer: Answer, options: RpcOptions): DistError {
  if (answer.kind === "timeout") {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const message =
      `${callText(call)} took longer than ${timeoutMs} ms and was ended: ` +
      "give it more time, or look at what it waits for";
    return new DistError("DIST_RPC_TIMEOUT", message, { ...call, timeoutMs });
  }
  if (answer.kind === "not_spawned") {
    const reason = answer.result.name;
    const details = { ...call, class: "error", reason, remoteStack: "" };
    return new DistError(
      "DIST_RPC_ERROR",
      `${callText(call)} could not start: ${reason}`,
      details,
      undefined,
      answer.result,
    );
  }
  if (answer.kind === "unreadable") {
    const message = `${callText(call)} answered what we cannot decode: ${answer.error.message}`;
    return new DistError("DIST_RPC_ERROR", message, { ...call }, answer.error);
  }
  return new DistError(
    "DIST_RPC_ABORTED",
    `${callText(call)} was aborted`,
    { ...call },
    options.signal?.reason,
  );
}

/** A GenServer.call without reply. */
export function callFailure(node: string, to: Pid | string, answer: Answer, timeoutMs: number): DistError {
  const target = typeof to === "string" ? to : `<${to.id}.${to.serial}>`;
  const details = { node, to: target };
  if (answer.kind === "down") return callEnded(target, answer.reason, details);
  if (answer.kind === "unreadable") {
    const message = `${target} on ${node} answered what we cannot decode: ${answer.error.message}`;
    return new DistError("DIST_CALL_FAILED", message, details, answer.error);
  }
  const message =
    `GenServer.call to ${target} on ${node} had no answer in ${timeoutMs} ms: ` +
    "it may be busy, wait for something itself, or be no GenServer";
  return new DistError("DIST_CALL_TIMEOUT", message, { ...details, timeoutMs });
}

function callEnded(target: string, reason: Term, details: { node: string; to: string }): DistError {
  const { node } = details;
  if (isAtom(reason, "noconnection")) {
    const message = `The connection to ${node} ended during a GenServer.call to ${target}. Connect again`;
    return new DistError("DIST_CLOSED", message, details);
  }
  const text = reasonText(reason);
  const message = isAtom(reason, "noproc")
    ? `No process ${target} on ${node}: check the name`
    : `${target} on ${node} ended during a GenServer.call: ${text}`;
  return new DistError("DIST_CALL_FAILED", message, { ...details, reason: text }, undefined, reason);
}

/** `error` with the stack of the call that it answers instead of the socket's callback. */
export function as(callerStack: string, error: DistError): DistError {
  error.stack = `${error.name}: ${error.message}\n${callerStack}`;
  return error;
}
