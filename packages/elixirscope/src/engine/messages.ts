import type { Caller, MethodName, Push } from "../protocol/index.ts";
import type { EngineOptions } from "./engine.ts";

// What the engine's thread and the rest of ElixirScope say to each other.

export interface CallMessage {
  readonly id: number;
  /** `drop`: nobody waits any more for the answer to the call of this id. */
  readonly method: MethodName | "stop" | "drop";
  readonly input: unknown;
  /** Who asks; absent: whoever started this ElixirScope. */
  readonly by?: Caller | undefined;
}

export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string;
}

export type FromEngine =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly error: PlainError }
  | { readonly type: "answer"; readonly id: number; readonly output: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: PlainError }
  | { readonly type: "push"; readonly push: Push };

/** Handed to the thread at its start. */
export type WorkerOptions = EngineOptions;

/** An error in the shape that survives the way between threads. */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { code: "INTERNAL", message: String(error), details: {}, stack: "" };
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  return {
    code: typeof code === "string" ? code : "INTERNAL",
    message: error.message,
    details: jsonSafe(details),
    stack: error.stack ?? "",
  };
}

function jsonSafe(details: unknown): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(details ?? {})) as Record<string, unknown>;
  } catch {
    return {};
  }
}
