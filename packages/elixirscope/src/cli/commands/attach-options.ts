import type { AttachInput } from "../../protocol/index.ts";
import { type AgentCliOptions, agentInput } from "../agent-options.ts";
import { type ControlOptions, controlInput } from "../control-options.ts";
import { type CookieOptions, givenCookie } from "../cookie.ts";
import { usageError } from "../errors.ts";
import type { Context } from "../terminal.ts";
import type { Level } from "../vocabulary.ts";
import { type WayOptions, wayInput } from "../way-options.ts";

/** What to record, and how to get in: shared by all commands that attach. */
export interface AttachOptions extends CookieOptions, WayOptions, ControlOptions, AgentCliOptions {
  readonly level?: Level | undefined;
  /** Call patterns; without a level they mean `calls`. */
  readonly trace?: readonly string[] | undefined;
  /** Call patterns at which flows start; they imply the level `flows`. */
  readonly flow?: readonly string[] | undefined;
  /** Modules whose lines are recorded; without a level they mean `lines`. */
  readonly lines?: readonly string[] | undefined;
  /** More words that make a key secret; false: secrets are recorded as they are. */
  readonly redact?: readonly string[] | false | undefined;
}

/** The question to the server that these options amount to. */
export async function attachInput(
  context: Context,
  node: string,
  options: AttachOptions,
): Promise<AttachInput> {
  const recorded = recordedInput(options);
  const cookie = await givenCookie(context, options);
  const way = await wayInput(context, options);
  return { node, ...recorded, ...(way && { way }), ...(cookie === undefined ? {} : { cookie }) };
}

/** What is recorded of a node, whichever it is. */
export function recordedInput(options: AttachOptions): Omit<AttachInput, "node"> {
  return {
    level: levelOf(options),
    ...(options.trace ? { patterns: options.trace } : {}),
    ...(options.lines ? { lines: options.lines } : {}),
    ...(options.flow ? { flows: options.flow } : {}),
    ...controlInput(options),
    ...agentInput(options),
  };
}

export function levelOf(options: Pick<AttachOptions, "level" | "trace" | "flow" | "lines">): Level {
  if (options.flow?.length && options.level === "observe") {
    throw usageError("--flow needs level flows or more.", "Leave --level away.");
  }
  if (options.lines?.length) return options.level ?? "lines";
  if (options.level === "lines") {
    throw usageError("Level lines needs to know of which modules.", "Name them: --lines Hello.Counter");
  }
  if (!options.trace?.length) {
    if (options.level === "calls") {
      throw usageError("Level calls needs to know which calls.", "Name them: --trace 'Hello.Counter.*'");
    }
    return options.level ?? (options.flow?.length ? "flows" : "observe");
  }
  // Of lower levels too one can want some calls; the level calls has the rest as well.
  return options.level ?? "calls";
}
