import type { CauseLink, ChangeAnswer, EventRow, StateRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { stateText } from "../state-text.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime } from "./rows.ts";

/** Where a walk begins and which way it goes. */
export interface PlaceOptions extends QuestionOptions {
  /** Id of an event. */
  readonly from?: number | undefined;
  readonly at?: Instant | undefined;
  readonly backward?: boolean | undefined;
}

export interface StepOptions extends PlaceOptions {
  readonly process?: string | undefined;
  readonly inFlow?: string | undefined;
  readonly callback?: boolean | undefined;
  readonly steps: number;
}

/** So many steps from an event or an instant. */
export function step(context: Context, node: string | undefined, options: StepOptions): Promise<number> {
  const { process, inFlow: flow, callback } = options;
  if (flow !== undefined && (process !== undefined || callback))
    throw usageError("Step by flow, or by process and callback.", "Give --in-flow alone.");
  const rest = callback ? "callback" : process !== undefined ? "process" : "event";
  const by = flow !== undefined ? "flow" : rest;
  return question(context, node, options, async (client) => {
    const input = {
      by,
      direction: options.backward ? "backward" : "forward",
      ...(process === undefined ? {} : { process }),
      ...(flow === undefined ? {} : { flow }),
    } as const;
    let place = await placeOf(client, options);
    for (let i = 0; i < options.steps; i++) {
      const found = await client.call("step", { ...input, ...place });
      if (found.cursor === null) {
        context.err.line(context.err.color.dim(found.why));
        return i > 0 ? EXIT.ok : EXIT.notFound;
      }
      show(context, options, found);
      await context.out.drained();
      place = { cursor: found.cursor };
    }
    return EXIT.ok;
  });
}

export interface UntilOptions extends PlaceOptions {
  readonly process?: string | undefined;
  readonly state?: string | undefined;
  readonly message?: string | undefined;
}

/** To the event where a condition becomes true. */
export function until(context: Context, node: string | undefined, options: UntilOptions): Promise<number> {
  const { process, state, message } = options;
  if ((state === undefined) === (message === undefined))
    throw usageError("Give one condition: --state 'state.count == 5' or --message '{:set, _}'.");
  return question(context, node, options, async (client) => {
    const found = await client.call("until", {
      direction: options.backward ? "backward" : "forward",
      ...(process === undefined ? {} : { process }),
      ...(state === undefined ? {} : { state }),
      ...(message === undefined ? {} : { message }),
      ...(await placeOf(client, options)),
    });
    if (options.json) jsonLine(context.out, found);
    else if (found.event) show(context, options, { event: found.event, state: found.state });
    const { err } = context;
    if (found.why !== "") {
      const on = found.more && found.searched !== null ? ` --from ${found.searched}` : "";
      err.line(err.color.dim(`${found.why}${on}`));
    }
    await context.out.drained();
    return found.event ? EXIT.ok : EXIT.notFound;
  });
}

/** When a value changed last, and what led to it. */
export function whyChanged(
  context: Context,
  process: string,
  path: string,
  options: PlaceOptions & { readonly node?: string | undefined },
): Promise<number> {
  return question(context, options.node, options, async (client) => {
    const found = await client.call("lastChange", { process, path, ...(await placeOf(client, options)) });
    const { out, err } = context;
    if (options.json) jsonLine(out, found);
    else for (const line of changeLines(found, path)) out.line(line);
    if (found.why !== "") err.line(err.color.dim(found.why));
    await out.drained();
    return found.state ? EXIT.ok : EXIT.notFound;
  });
}

async function placeOf(client: Client, { from, at }: PlaceOptions): Promise<{ cursor?: number; t?: number }> {
  if (from !== undefined) return { cursor: from };
  if (at === undefined) return {};
  return { t: Math.round(resolveInstant(at, await client.call("status", {}))) };
}

function show(
  { out }: Context,
  options: { readonly json?: boolean | undefined },
  found: { readonly event: EventRow | null; readonly state: StateRow | null },
): void {
  if (options.json) {
    jsonLine(out, found);
    return;
  }
  const { event, state } = found;
  if (!event) return;
  const who = event.process ? `${event.process.label} ` : "";
  out.line(`${event.id}  ${clockTime(event.at)}  ${event.kind}  ${who}${event.summary}`);
  const width = out.isTTY ? out.columns : Number.POSITIVE_INFINITY;
  if (state)
    for (const line of stateText(state, width, state.diff !== null, out.color)) out.line(`  ${line}`);
}

function changeLines({ state, before, after, chain }: ChangeAnswer, path: string): readonly string[] {
  if (!state) return [];
  return [
    `${path}: ${before ?? "(not there)"} → ${after ?? "(not there)"}  at ${clockTime(state.at)}, event ${state.id}`,
    ...chain.map(linkLine),
  ];
}

function linkLine({ type, process, summary, events, certain, why }: CauseLink): string {
  const words = {
    callback: "in",
    message: "by",
    timer: "by a timer:",
    entry: "from",
    spawn: "",
    process: "from",
  };
  const who = process ? ` ${type === "message" ? "of " : ""}${process.label}` : "";
  const doubt = certain ? "" : "  (probably)";
  const text = `  ${words[type]} ${summary}${who}${doubt}  [${events.join(", ")}]`.replace(/ {3,}/, "  ");
  return why === "" ? text : `${text}  ${why}`;
}
