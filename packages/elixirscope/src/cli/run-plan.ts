import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import type { AttachInput } from "../protocol/index.ts";

type HeldBoot = NonNullable<AttachInput["heldBoot"]>;

/** What the child of `run` gets, and what node it is going to be. */
export interface RunPlan {
  readonly node: string;
  /** A word among the arguments of the Erlang that it starts, and of no other. */
  readonly mark: string;
  readonly env: NodeJS.ProcessEnv;
  /** The cookie that the command itself brings along; absent: the user's own. */
  readonly cookie?: string;
  /** How its kernel waits for us before it starts any application; absent: it does not. */
  readonly held?: HeldBoot;
}

export interface PlanOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Longest wait of the kernel for us, in ms; 0: it does not wait. */
  readonly holdMs: number;
}

const LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}";

/**
 * How to make a node out of a command, by environment alone. ERL_AFLAGS comes before all other arguments of every `erl`
 * that the command starts, so that it works with mix, iex, elixir, scripts and releases. `sync_nodes_optional` makes the
 * kernel application wait for a node that never comes; ElixirScope, once attached, tells it that it came: until then no
 * other application has started, so that none of its processes is missed.
 */
export function planRun(options: PlanOptions): RunPlan {
  const words = [...options.command, ...flagsIn(options.env)];
  const mark = randomBytes(4).toString("hex");
  const release = releaseOf(options.command);
  const given = givenName(words) ?? releaseName(release, options.env);
  const node = given ?? `elixirscope_run_${mark}@127.0.0.1`;
  // An atom that needs no quotes (ERL_AFLAGS and every start script in between would have a say about those) and is no
  // node's name.
  const awaited = `elixirscope_attach_${mark}`;
  const hold =
    options.holdMs > 0
      ? [`-kernel sync_nodes_optional [${awaited}] -kernel sync_nodes_timeout ${options.holdMs}`]
      : [];
  // Who names the node also says where it listens.
  const naming = given === undefined ? [`-name ${node} ${LOOPBACK_ONLY}`] : [];
  const before = options.env.ERL_AFLAGS;
  const flags = [...(before ? [before] : []), ...naming, ...hold].join(" ");
  const cookie = optionValue(words, ["--cookie", "-setcookie"]) ?? releaseCookie(release, options.env);
  return {
    node,
    mark,
    env: {
      ...options.env,
      ERL_AFLAGS: flags,
      // A release would name itself `--sname`, which goes before our name, unless it is told otherwise.
      ...(given === undefined ? { RELEASE_DISTRIBUTION: "none" } : {}),
    },
    ...(cookie === undefined ? {} : { cookie }),
    ...(options.holdMs > 0 ? { held: { awaited, env: restored(options.env) } } : {}),
  };
}

/**
 * What the node's environment is to be after its start. A node that it starts itself (rebar3 under mix, say) must not
 * get our flags: it could not take a name that is in use.
 */
const restored = (env: NodeJS.ProcessEnv): HeldBoot["env"] => ({
  ERL_AFLAGS: env.ERL_AFLAGS ?? null,
  RELEASE_DISTRIBUTION: env.RELEASE_DISTRIBUTION ?? null,
});

/** What Erlang and Elixir take from the environment in addition to their arguments. */
const flagsIn = (env: NodeJS.ProcessEnv): readonly string[] =>
  [env.ERL_AFLAGS, env.ERL_FLAGS, env.ERL_ZFLAGS, env.ELIXIR_ERL_OPTIONS].flatMap(
    (flags) => flags?.split(/\s+/).filter((word) => word !== "") ?? [],
  );

/** The full node name that the command asks for itself, or `undefined`. Of a short one and a long one the short one counts. */
export function givenName(command: readonly string[]): string | undefined {
  const short = optionValue(command, ["--sname", "-sname"]);
  if (short !== undefined) return withHost(short, "sname");
  const long = optionValue(command, ["--name", "-name"]);
  return long === undefined ? undefined : withHost(long, "name");
}

function withHost(name: string, kind: "name" | "sname"): string {
  if (name.includes("@")) return name;
  return `${name}@${kind === "name" ? hostname() : hostname().split(".")[0]}`;
}

function optionValue(command: readonly string[], names: readonly string[]): string | undefined {
  for (const [i, argument] of command.entries()) {
    if (names.includes(argument)) return command[i + 1];
    const name = names.find((candidate) => argument.startsWith(`${candidate}=`));
    if (name !== undefined) return argument.slice(name.length + 1);
  }
  return undefined;
}

interface Release {
  readonly name: string;
  /** Its folder `releases`. */
  readonly folder: string;
}

/** `bin/my_app start` */
function releaseOf(command: readonly string[]): Release | undefined {
  const script = command[0];
  if (script === undefined || !script.includes("/")) return undefined;
  const folder = join(dirname(script), "..", "releases");
  return existsSync(join(folder, "COOKIE")) ? { name: basename(script), folder } : undefined;
}

/** What it calls itself where it is told to: by the environment, or by its own env.sh, which goes before that. */
function releaseName(release: Release | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const own = release ? settingsIn(release) : {};
  const kind = own.RELEASE_DISTRIBUTION ?? env.RELEASE_DISTRIBUTION;
  if (kind !== "name" && kind !== "sname") return undefined;
  const name = own.RELEASE_NODE ?? env.RELEASE_NODE ?? env.RELEASE_NAME ?? release?.name;
  return name === undefined ? undefined : withHost(name, kind);
}

/** Plain settings in the env.sh of the release that starts; what a shell works out is known only when it runs. */
function settingsIn({ folder }: Release): Readonly<Record<string, string>> {
  const [, version] = textOf(join(folder, "start_erl.data")).trim().split(" ");
  const lines = textOf(join(folder, version ?? "", "env.sh")).matchAll(
    /^\s*export (RELEASE_(?:DISTRIBUTION|NODE))=(["']?)([^"'$`\s]+)\2\s*$/gm,
  );
  return Object.fromEntries(Array.from(lines, ([, name, , value]) => [name, value]));
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Its start script puts its cookie before the user's. */
function releaseCookie(release: Release | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (!release) return undefined;
  return env.RELEASE_COOKIE || textOf(join(release.folder, "COOKIE")).trim();
}
