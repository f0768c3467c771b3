import { setTimeout as delay } from "node:timers/promises";
import type { AlertRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { counted, printable } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import { jsonLine } from "../output.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface WatchOptions extends AttachOptions {
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly json?: boolean | undefined;
}

/** Most of what goes wrong shows in messages. */
const LEVEL = "messages";
const POLL_MS = 1_000;

/** Prints what newly goes wrong, until Ctrl-C or the time is over. */
export async function watch(
  context: Context,
  node: string | undefined,
  options: WatchOptions,
): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", {
    ...options,
    level: options.level ?? LEVEL,
  });
  const target = await openTarget(context, { node: named || undefined, attach, redact: options.redact });
  const interrupt = watchInterrupts();
  try {
    const { watching } = await target.client.call("alerts", {});
    if (!watching) {
      throw usageError(
        "This ElixirScope shows a recording, in which nothing new happens.",
        "What went wrong in it: elixirscope diagnose --recording FILE",
      );
    }
    await print(context, target.client, options, interrupt);
    const signal = interrupt.caught();
    return signal && options.for !== undefined ? exitCodeOfSignal(signal) : EXIT.ok;
  } finally {
    interrupt.dispose();
    await target.close();
  }
}

async function print(
  context: Context,
  client: Client,
  options: WatchOptions,
  interrupt: Interrupt,
): Promise<void> {
  const { out, err } = context;
  const end = options.for === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.for;
  let afterId = 0;
  let untold = 0;
  if (!options.json) err.line(err.color.dim("Watching … (Ctrl-C ends)"));
  for (;;) {
    const over = interrupt.caught() !== undefined || performance.now() >= end;
    const answer = await client.call("alerts", { afterId });
    for (const row of answer.rows) {
      if (options.json) jsonLine(out, row);
      else for (const line of alertLines(row, out)) out.line(line);
    }
    afterId = answer.rows.at(-1)?.id ?? afterId;
    if (answer.untold > untold && !options.json)
      err.line(err.color.dim(`and ${counted(answer.untold - untold, "other")}: elixirscope diagnose`));
    untold = answer.untold;
    if (answer.why !== "") {
      err.line(err.color.yellow(answer.why));
      return;
    }
    if (over) return;
    await Promise.race([delay(POLL_MS), interrupt.promise]);
  }
}

function alertLines(
  { at, detector, summary, evidence }: AlertRow,
  { color }: Pick<Context["out"], "color">,
): readonly string[] {
  const ids = evidence.length === 0 ? "" : ` ${color.dim(`[${evidence.join(" ")}]`)}`;
  return [`${color.dim(at.slice(11, 19))} ${color.red(detector)}  ${printable(summary)}${ids}`];
}
