import { profileNamed, profilesPath, readProfiles } from "../../profiles/index.ts";
import { type AttachInput, PROFILE_NAME, type ProfileRow } from "../../protocol/index.ts";
import { type AgentCliOptions, agentInput } from "../agent-options.ts";
import { type ControlOptions, controlInput } from "../control-options.ts";
import { type CookieOptions, givenCookie } from "../cookie.ts";
import { usageError } from "../errors.ts";
import type { Context } from "../terminal.ts";
import type { Level } from "../vocabulary.ts";
import { sshInput, type WayOptions, wayInput } from "../way-options.ts";

/** What to record, and how to get in: shared by all commands that attach. */
export interface AttachOptions extends CookieOptions, WayOptions, ControlOptions, AgentCliOptions {
  readonly level?: Level | undefined;
  /** Name of a profile, which says what is not said here. */
  readonly profile?: string | undefined;
  /** Call patterns; without a level they mean `calls`. */
  readonly trace?: readonly string[] | undefined;
  /** Call patterns at which flows start; they imply the level `flows`. */
  readonly flow?: readonly string[] | undefined;
  /** Modules whose lines are recorded; without a level they mean `lines`. */
  readonly lines?: readonly string[] | undefined;
  /** The nodes that it is connected to as well. */
  readonly cluster?: boolean | undefined;
  /** More words that make a key secret; false: secrets are recorded as they are. */
  readonly redact?: readonly string[] | false | undefined;
}

/**
 * The question to the server that these options amount to.
 *
 * @param node of a profile its name will do; with `--profile` it may be empty
 */
export async function attachInput(
  context: Context,
  node: string,
  options: AttachOptions,
): Promise<AttachInput> {
  const profile = await profileFor(context, node, options);
  const recorded = profile ? recordedBeside(options) : recordedInput(options);
  const cookie = await givenCookie(context, options);
  const way = await wayInput(context, options);
  const { cluster } = options;
  const input = {
    node,
    ...recorded,
    ...(cluster && { cluster }),
    ...(way && { way }),
    ...(cookie === undefined ? {} : { cookie }),
  };
  if (!profile) return input;
  // The way through a host is here already, so that what opens it can be asked for.
  const { destination, keyFile } = profile.way?.ssh ?? {};
  const ssh = way?.ssh ?? sshInput(context, { ssh: destination, sshKey: keyFile });
  const named = options.profile === undefined || node === "" ? profile.node : node;
  const level = input.level ?? profile.recorded?.level ?? "observe";
  return { ...input, node: named, level, profile: profile.name, ...(ssh && { way: { ...way, ssh } }) };
}

/** The profile that is named, as such or in the place of a node: a name without a host that there is one for. */
async function profileFor(
  context: Context,
  node: string,
  { profile: name }: AttachOptions,
): Promise<ProfileRow | undefined> {
  if (name !== undefined) return { name, ...(await profileNamed(name, profilesPath(context.env))) };
  if (!PROFILE_NAME.test(node)) return undefined;
  return (await readProfiles(profilesPath(context.env))).find((profile) => profile.name === node);
}

/** Only what is said: the rest is the profile's. */
function recordedBeside(options: AttachOptions): Omit<AttachInput, "node"> {
  const { level, trace, flow, lines } = options;
  const isSaid = [trace, flow, lines].some((list) => list?.length);
  const { level: implied, ...rest } = recordedInput({ ...options, level: isSaid ? level : undefined });
  const wanted = isSaid ? implied : level;
  return { ...rest, ...(wanted && { level: wanted }) };
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
