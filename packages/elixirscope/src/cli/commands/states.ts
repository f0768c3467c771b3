import { setTimeout as delay } from "node:timers/promises";
import type { StateRow, StatesInput } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { type OnOption, onNode } from "../filter-options.ts";
import { counted } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import { jsonLine } from "../output.ts";
import { stateText } from "../state-text.ts";
import { openTarget, type Target } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface StatesOptions extends AttachOptions, OnOption {
  readonly recording?: string | undefined;
  readonly diff?: boolean | undefined;
  readonly follow?: boolean | undefined;
  readonly limit: number;
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly json?: boolean | undefined;
}

const DEFAULT_BRIEF_MS = 5_000;
const POLL_MS = 200;
const PAGE = 1_000;

/** States of one process, oldest first; with `--follow` also those to come. */
export async function states(
  context: Context,
  process: string,
  node: string | undefined,
  options: StatesOptions,
): Promise<number> {
  // What is asked for less would answer nothing.
  const level = options.level ?? (options.trace ? undefined : "state");
  const { node: named, ...attach } = await attachInput(context, node ?? "", { ...options, level });
  const { recording, redact } = options;
  const target = await openTarget(context, { node: named || undefined, recording, attach, redact });
  const interrupt = watchInterrupts();
  try {
    return await answer(context, target, process, options, interrupt);
  } finally {
    interrupt.dispose();
    await target.close();
  }
}

async function answer(
  context: Context,
  target: Target,
  process: string,
  options: StatesOptions,
  interrupt: Interrupt,
): Promise<number> {
  const follows = options.follow === true;
  if (follows && target.kind === "recording")
    throw usageError("A recording does not go on; leave --follow away.");
  if (target.kind === "brief" && !follows) {
    await pause(options.for ?? DEFAULT_BRIEF_MS, interrupt);
    const signal = interrupt.caught();
    if (signal) return exitCodeOfSignal(signal);
  }
  const input = { process, diff: options.diff === true, ...onNode(options) } as const;
  const print = printer(context, options);
  const newest = await target.client.call("states", {
    ...input,
    order: "newest_first",
    limit: options.limit,
  });
  const rows = newest.rows.toReversed();
  for (const row of rows) await print(row);
  if (follows) {
    const end = options.for === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.for;
    await followed(
      target.client,
      input,
      rows.at(-1)?.id ?? 0,
      print,
      () => interrupt.caught() !== undefined || Date.now() >= end,
      interrupt,
    );
    return EXIT.ok;
  }
  const { err } = context;
  if (rows.length === 0) err.line(err.color.dim(newest.why));
  else if (newest.more && !options.json)
    err.line(err.color.dim(`The newest ${counted(rows.length, "state")}; --limit for more.`));
  return rows.length > 0 ? EXIT.ok : EXIT.notFound;
}

type Print = (row: StateRow) => Promise<void>;

function printer({ out }: Context, options: StatesOptions): Print {
  const width = out.isTTY ? out.columns : Number.POSITIVE_INFINITY;
  return async (row) => {
    if (options.json) jsonLine(out, row);
    else for (const line of stateText(row, width, options.diff === true, out.color)) out.line(line);
    await out.drained();
  };
}

/** What comes, until it is over; what came before the end is printed in any case. */
async function followed(
  client: Client,
  input: Pick<StatesInput, "process" | "diff">,
  afterId: number,
  print: Print,
  over: () => boolean,
  interrupt: Interrupt,
): Promise<void> {
  for (let last = afterId; ; ) {
    const ending = over();
    const { rows } = await client.call("states", { ...input, afterId: last, limit: PAGE });
    for (const row of rows) await print(row);
    last = rows.at(-1)?.id ?? last;
    if (rows.length === PAGE) continue;
    if (ending) return;
    await pause(POLL_MS, interrupt);
  }
}

async function pause(ms: number, interrupt: Interrupt): Promise<void> {
  const over = new AbortController();
  const waited = delay(ms, undefined, { signal: over.signal });
  await Promise.race([waited.catch(() => undefined), interrupt.promise]);
  over.abort();
}
