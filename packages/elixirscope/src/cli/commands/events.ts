import { setTimeout as delay } from "node:timers/promises";
import type { EventRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { type EventFilter, eventsAfter, newestEvents } from "../event-source.ts";
import { eventText } from "../event-text.ts";
import { type FilterOptions, filterInput, twice } from "../filter-options.ts";
import { counted } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import { jsonLine } from "../output.ts";
import { openTarget, type Target } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface EventsOptions extends AttachOptions, FilterOptions {
  readonly recording?: string | undefined;
  readonly match?: string | undefined;
  readonly text?: string | undefined;
  /** `Infinity`: all. */
  readonly limit?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly json?: boolean | undefined;
}

const DEFAULT_LIMIT = 100;
const DEFAULT_FOLLOW_LIMIT = 10;
const DEFAULT_BRIEF_MS = 5_000;
const POLL_MS = 150;

/** Events: those of the past, or those that come from now on. */
export async function events(
  context: Context,
  node: string | undefined,
  options: EventsOptions,
): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  if (options.process !== undefined && options.pid !== undefined) throw twice();
  const target = await openTarget(context, {
    node: named || undefined,
    recording: options.recording,
    attach,
    redact: options.redact,
  });
  const interrupt = watchInterrupts();
  try {
    const filter = await filterOf(target.client, options);
    const print = printerOf(context, options);
    if (target.kind === "brief") return await printBrief(context, target, filter, print, options, interrupt);
    if (!options.follow) return await printPast(context, target.client, filter, print, options, interrupt);
    if (target.kind === "recording") throw usageError("A recording does not go on; leave --follow away.");
    return await printTail(target.client, filter, print, options, interrupt);
  } finally {
    interrupt.dispose();
    await target.close();
  }
}

async function filterOf(client: Client, options: EventsOptions): Promise<EventFilter> {
  return {
    ...(await filterInput(client, options)),
    ...(options.match === undefined ? {} : { match: options.match }),
    ...(options.text === undefined ? {} : { text: options.text }),
  };
}

type Print = (row: EventRow) => Promise<void>;

function printerOf(context: Context, options: EventsOptions): Print {
  const { out } = context;
  return async (row) => {
    if (options.json) jsonLine(out, row);
    else out.line(eventText(row, out.isTTY ? out.columns : Infinity, out.color));
    await out.drained();
  };
}

async function printPast(
  context: Context,
  client: Client,
  filter: EventFilter,
  print: Print,
  options: EventsOptions,
  interrupt: Interrupt,
): Promise<number> {
  const limit = options.limit ?? DEFAULT_LIMIT;
  let printed = 0;
  if (limit === Infinity) {
    for await (const row of eventsAfter(client, filter, options.after ?? 0)) {
      await print(row);
      printed += 1;
      if (interrupt.caught()) break;
    }
  } else {
    const { rows, more } = await newestEvents(client, filter, limit);
    for (const row of rows) {
      await print(row);
      if (interrupt.caught()) break;
    }
    printed = rows.length;
    if (more && !options.json) {
      context.err.line(
        context.err.color.dim(`The newest ${counted(printed, "event")}; --limit all for all of them.`),
      );
    }
  }
  const signal = interrupt.caught();
  if (signal) return exitCodeOfSignal(signal);
  if (printed === 0) context.err.line(context.err.color.dim("No event matches."));
  return printed > 0 ? EXIT.ok : EXIT.notFound;
}

/** Like `tail -f`: the newest ones, then those that come. */
async function printTail(
  client: Client,
  filter: EventFilter,
  print: Print,
  options: EventsOptions,
  interrupt: Interrupt,
): Promise<number> {
  const limit = options.limit ?? DEFAULT_FOLLOW_LIMIT;
  let seen = 0;
  if (limit !== Infinity) {
    seen = (await client.call("status", {})).lastEventId;
    const past = limit === 0 ? [] : (await newestEvents(client, filter, limit)).rows;
    for (const row of past) await print(row);
    seen = Math.max(seen, past.at(-1)?.id ?? 0);
  }
  await follow(client, filter, seen, Infinity, print, until(options.for, interrupt));
  return EXIT.ok;
}

async function printBrief(
  context: Context,
  target: Target,
  filter: EventFilter,
  print: Print,
  options: EventsOptions,
  interrupt: Interrupt,
): Promise<number> {
  const ms = options.follow ? options.for : (options.for ?? DEFAULT_BRIEF_MS);
  const printed = await follow(
    target.client,
    filter,
    0,
    options.limit ?? Infinity,
    print,
    until(ms, interrupt),
  );
  const signal = interrupt.caught();
  if (signal && ms !== undefined) return exitCodeOfSignal(signal);
  if (printed === 0) context.err.line(context.err.color.dim("No event matched."));
  return printed > 0 || options.follow ? EXIT.ok : EXIT.notFound;
}

interface Until {
  readonly over: () => boolean;
  readonly interrupted: () => boolean;
  readonly promise: Promise<unknown>;
}

function until(ms: number | undefined, interrupt: Interrupt): Until {
  const end = ms === undefined ? Infinity : Date.now() + ms;
  const interrupted = (): boolean => interrupt.caught() !== undefined;
  return { over: () => interrupted() || Date.now() >= end, interrupted, promise: interrupt.promise };
}

/** Prints what comes until it is over or `most` are printed; what came before the end is printed in any case. */
async function follow(
  client: Client,
  filter: EventFilter,
  afterId: number,
  most: number,
  print: Print,
  end: Until,
): Promise<number> {
  let last = afterId;
  let printed = 0;
  for (;;) {
    const over = end.over();
    // Taken before the question: whatever is older is either printed by it or does not match.
    const { lastEventId } = await client.call("status", {});
    for await (const row of eventsAfter(client, filter, last)) {
      await print(row);
      last = row.id;
      printed += 1;
      if (printed >= most || end.interrupted()) return printed;
    }
    last = Math.max(last, lastEventId);
    if (over) return printed;
    await Promise.race([delay(POLL_MS), end.promise]);
  }
}
