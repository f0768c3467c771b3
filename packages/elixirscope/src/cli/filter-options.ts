import type { Command } from "commander";
import type { EventsFilter } from "../protocol/index.ts";
import type { Client } from "./client.ts";
import { byteSize } from "./control-options.ts";
import { type CliError, usageError } from "./errors.ts";
import { type Instant, resolveInstant } from "./instant.ts";
import { eventOption, instantOption, kindsOption } from "./option-parsers.ts";
import type { Kind } from "./vocabulary.ts";

/** Options that say which events a question is about. */
export interface FilterOptions extends OnOption {
  readonly kind?: readonly Kind[] | undefined;
  readonly process?: string | undefined;
  readonly pid?: string | undefined;
  readonly subject?: string | undefined;
  readonly peer?: string | undefined;
  readonly mfa?: string | undefined;
  readonly tag?: string | undefined;
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly inFlow?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

const MOMENT = "10s: after the start; -10s: before the end; or a time (ISO 8601)";

const sizeOption = (text: string): number =>
  byteSize(/^\d+$/.test(text) ? `${text}B` : text, 1, 1e9, "Write a size such as 500, 64KB or 2MB.");

/** Which node a question is about. */
export interface OnOption {
  readonly on?: string | undefined;
}

export const onOption = (command: Command): Command =>
  command.option("--on <node>", "only of this node, where the recording has several");

/** The option as the protocol has it. */
export const onNode = ({ on }: OnOption): { readonly node?: string } =>
  on === undefined ? {} : { node: on };

/** Adds them to a command. */
export const filterOptions = (command: Command): Command =>
  onOption(windowOptions(command))
    .option("--kind <kind>", "only this kind (several: again, or with commas)", kindsOption)
    .option("--process <name>", "only of this process, in either role: name, pid, handle (p-12) or Hello.*")
    .option("--pid <pid>", "the same: #PID<0.1.2>, <0.1.2> or 0.1.2")
    .option("--subject <name>", "only what this process did itself (sent, received, called …)")
    .option("--peer <name>", "only with this process as the other one (receiver, child, linked one …)")
    .option("--mfa <function>", "only this function: Mod.fun/arity, Mod.fun, Mod.* or Mod.*.fun/2")
    .option("--tag <tag>", "only with this message tag, exit reason, name …; * for any characters")
    .option("--min-size <size>", "only with terms of so many bytes, or more: 500, 64KB", sizeOption)
    .option("--max-size <size>", "or fewer", sizeOption)
    .option("--in-flow <flow>", "only what belongs to this flow, such as f-12");

/** The options about time alone. */
const windowOptions = (command: Command): Command =>
  command
    .option("--from <moment>", MOMENT, instantOption)
    .option("--to <moment>", "likewise", instantOption)
    .option("--after <event>", "only behind the event of this id", eventOption)
    .option("--before <event>", "only before the event of this id", eventOption);

export const twice = (): CliError => usageError("--process and --pid mean the same; give one of them.");

/** The options as the protocol has them; moments are counted from what is there now. */
export async function filterInput(client: Client, options: FilterOptions): Promise<EventsFilter> {
  if (options.process !== undefined && options.pid !== undefined) throw twice();
  const status = options.from || options.to ? await client.call("status", {}) : undefined;
  const instant = (moment: Instant | undefined): number | undefined =>
    moment && status && Math.round(resolveInstant(moment, status));
  const all: EventsFilter = {
    kinds: options.kind,
    process: options.process ?? options.pid,
    subject: options.subject,
    peer: options.peer,
    node: options.on,
    mfa: options.mfa,
    tag: options.tag,
    minBytes: options.minSize,
    maxBytes: options.maxSize,
    flow: options.inFlow,
    from: instant(options.from),
    to: instant(options.to),
    afterId: options.after,
    beforeId: options.before,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
