import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionRow } from "../../protocol/index.ts";
import { auditWarning } from "../audit-warning.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { eventText } from "../event-text.ts";
import { executionText } from "../execution-text.ts";
import { counted } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import { attachTo } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { startSession } from "../session.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface TraceOptions extends Omit<AttachOptions, "level" | "trace"> {
  /** Calls and lines after which it ends. */
  readonly limit: number;
  /** Milliseconds. */
  readonly for: number;
  readonly json?: boolean | undefined;
}

/** How often it looks for calls that ended. */
const POLL_MS = 100;
/** As many as one question may ask for. */
const PAGE = 2_000;

/**
 * Prints calls of functions as they end, and ends by itself: after so many, or so long. Nothing but these calls (and the
 * lives of processes) is recorded.
 */
export async function trace(
  context: Context,
  node: string,
  patterns: readonly string[],
  options: TraceOptions,
): Promise<number> {
  if (patterns.length === 0 && !options.lines?.length)
    throw usageError(
      "Say which functions.",
      "elixirscope trace NODE 'MyApp.Cart.add(_, %{qty: q}) when q > 10'",
    );
  const input = await attachInput(context, node, {
    ...options,
    level: "observe",
    ...(patterns.length > 0 ? { trace: patterns } : {}),
  });
  const what = patterns.length > 0 ? "call" : "line";
  const interrupt = watchInterrupts();
  const session = await startSession(context, { redact: options.redact });
  try {
    const attaching = attachTo(context, session.daemon, input);
    const status = await Promise.race([attaching, interrupt.promise]);
    if (typeof status === "string") {
      attaching.catch(() => undefined);
      return exitCodeOfSignal(status);
    }
    const { err } = context;
    if (status.auditTrouble) err.line(err.color.yellow(auditWarning(status)));
    const name = status.nodes[0]?.name ?? node;
    if (!options.json)
      err.line(
        err.color.dim(`Tracing ${name}, until ${counted(options.limit, what)} or ${options.for / 1_000} s.`),
      );
    const printed = await printCalls(context, session.daemon, options, interrupt);
    if (!options.json) err.line(err.color.dim(counted(printed, what)));
    const signal = interrupt.caught();
    if (signal) return exitCodeOfSignal(signal);
    return printed > 0 ? EXIT.ok : EXIT.notFound;
  } finally {
    await session.close();
    interrupt.dispose();
  }
}

/** Calls as they end; at last, off the node, those that have no end. */
async function printCalls(
  context: Context,
  client: Client,
  options: TraceOptions,
  interrupt: Interrupt,
): Promise<number> {
  const end = Date.now() + options.for;
  let endedAfterId = 0;
  let lineId = 0;
  let printed = 0;
  const print = async (rows: readonly ExecutionRow[]): Promise<void> => {
    for (const row of rows.slice(0, options.limit - printed)) {
      printRow(context, row, options);
      printed += 1;
      await context.out.drained();
    }
  };
  const printLines = async (): Promise<void> => {
    if (!options.lines?.length) return;
    const order = "oldest_first" as const;
    const { rows } = await client.call("events", { kinds: ["line"], afterId: lineId, order, limit: PAGE });
    lineId = rows.at(-1)?.id ?? lineId;
    const { out } = context;
    for (const row of rows.slice(0, options.limit - printed)) {
      if (options.json) jsonLine(out, row);
      else out.line(eventText(row, out.isTTY ? out.columns : Number.POSITIVE_INFINITY, out.color));
      printed += 1;
      await out.drained();
    }
  };
  while (printed < options.limit && Date.now() < end && !interrupt.caught()) {
    const { rows } = await client.call("executions", { endedAfterId, limit: PAGE });
    await print(rows);
    endedAfterId = rows.at(-1)?.endId ?? endedAfterId;
    await printLines();
    if (printed < options.limit) await Promise.race([delay(POLL_MS), interrupt.promise]);
  }
  await client.call("detach", {}).catch(() => undefined);
  await print((await client.call("executions", { endedAfterId, limit: PAGE })).rows);
  await printLines();
  const { rows } = await client.call("executions", { limit: PAGE });
  await print(rows.filter(({ endId }) => endId === null).toReversed());
  return printed;
}

function printRow({ out }: Context, row: ExecutionRow, options: TraceOptions): void {
  if (options.json) jsonLine(out, row);
  else out.line(executionText(row, out.isTTY ? out.columns : Number.POSITIVE_INFINITY, out.color));
}
