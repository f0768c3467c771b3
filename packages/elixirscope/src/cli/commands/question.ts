import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "../client.ts";
import { usageError } from "../errors.ts";
import type { OnOption } from "../filter-options.ts";
import { exitCodeOfSignal, watchInterrupts } from "../interrupt.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

/** Options of every command that asks one question about what was recorded. */
export interface QuestionOptions extends AttachOptions, OnOption {
  readonly recording?: string | undefined;
  /** Milliseconds; where it attaches for the moment. */
  readonly for?: number | undefined;
  readonly json?: boolean | undefined;
}

const DEFAULT_BRIEF_MS = 5_000;

/**
 * Asks the recording, the running ElixirScope, or a node that is attached to for a while; `answer` prints and returns the
 * exit code.
 */
export async function question(
  context: Context,
  node: string | undefined,
  options: QuestionOptions,
  answer: (client: Client) => Promise<number>,
): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  const { recording, redact } = options;
  const target = await openTarget(context, { node: named || undefined, recording, attach, redact });
  const interrupt = watchInterrupts();
  try {
    if (target.kind === "brief") {
      const over = new AbortController();
      const waited = delay(options.for ?? DEFAULT_BRIEF_MS, undefined, { signal: over.signal });
      await Promise.race([waited.catch(() => undefined), interrupt.promise]);
      over.abort();
      const signal = interrupt.caught();
      if (signal) return exitCodeOfSignal(signal);
    } else if (options.for !== undefined) throw usageError("--for needs a node that is attached to for it.");
    return await answer(target.client);
  } finally {
    interrupt.dispose();
    await target.close();
  }
}
