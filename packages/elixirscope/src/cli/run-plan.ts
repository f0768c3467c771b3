import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { AttachInput } from "../protocol/index.ts";

type HeldBoot = NonNullable<AttachInput["heldBoot"]>;

/** What the child of `run` gets, and what node it is going to be. */
export interface RunPlan {
  readonly node: string;
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

// An atom that needs no quotes (ERL_AFLAGS and every start script in between would have a say about those) and is no
// node's name.
const AWAITED = "elixirscope_attach";

const LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}";

/**
 * How to make a node out of a command, by environment alone. ERL_AFLAGS comes before all other arguments of every `erl`
 * that the command starts, so that it works with mix, iex, elixir, scripts and releases. `sync_nodes_optional` makes the
 * kernel application wait for a node that never comes; ElixirScope, once attached, tells it that it came: until then no
 * other application has started, so that none of its processes is missed.
 */
export function planRun(options: PlanOptions): RunPlan {
  const words = [...options.command, ...flagsIn(options.env)];
  const given = givenName(words);
  const release = releaseCookie(options.command, options.env);
  const node = given ?? `elixirscope_run_${randomBytes(4).toString("hex")}@127.0.0.1`;
  const hold =
    options.holdMs > 0
      ? [`-kernel sync_nodes_optional [${AWAITED}] -kernel sync_nodes_timeout ${options.holdMs}`]
      : [];
  // Who names the node also says where it listens.
  const naming = given === undefined ? [`-name ${node} ${LOOPBACK_ONLY}`] : [];
  const before = options.env.ERL_AFLAGS;
  const flags = [...(before ? [before] : []), ...naming, ...hold].join(" ");
  const cookie = optionValue(words, ["--cookie", "-setcookie"]) ?? release;
  return {
    node,
    env: {
      ...options.env,
      ERL_AFLAGS: flags,
      // A release would name itself `--sname`, which goes before our name.
      ...(given === undefined ? { RELEASE_DISTRIBUTION: "none" } : {}),
    },
    ...(cookie === undefined ? {} : { cookie }),
    ...(options.holdMs > 0 ? { held: { awaited: AWAITED, env: restored(options.env) } } : {}),
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

/** The full node name that the command asks for itself, or `undefined`. */
export function givenName(command: readonly string[]): string | undefined {
  const long = optionValue(command, ["--name", "-name"]);
  if (long !== undefined) return long.includes("@") ? long : `${long}@${hostname()}`;
  const short = optionValue(command, ["--sname", "-sname"]);
  if (short === undefined) return undefined;
  return short.includes("@") ? short : `${short}@${hostname().split(".")[0]}`;
}

function optionValue(command: readonly string[], names: readonly string[]): string | undefined {
  for (const [i, argument] of command.entries()) {
    if (names.includes(argument)) return command[i + 1];
    const name = names.find((candidate) => argument.startsWith(`${candidate}=`));
    if (name !== undefined) return argument.slice(name.length + 1);
  }
  return undefined;
}

/** A release (`bin/my_app start`) has a cookie of its own, which its start script puts before the user's. */
function releaseCookie(command: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const script = command[0];
  if (script === undefined || !script.includes("/")) return undefined;
  const file = join(dirname(script), "..", "releases", "COOKIE");
  if (!existsSync(file)) return undefined;
  return env.RELEASE_COOKIE || readFileSync(file, "utf8").trim();
}
