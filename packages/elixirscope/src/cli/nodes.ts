import type { AttachInput, FoundNode, Status, Way } from "../protocol/index.ts";
import type { Client } from "./client.ts";
import { CliError, codeOf, EXIT, isCode, messageOf } from "./errors.ts";
import type { Context } from "./terminal.ts";
import { throughSsh } from "./through-ssh.ts";

/**
 * Attaches. EPMD knows only the part of a node's name before the `@`; given no more than that, this asks for the host's
 * loopback name first and then for what the node calls itself in its answer. So it does with `host:port`, where no EPMD is
 * asked.
 */
export function attachTo(context: Context, client: Client, input: AttachInput): Promise<Status> {
  return throughSsh(context, input.way, (way) => attachNamed(client, { ...input, ...(way && { way }) }));
}

async function attachNamed(client: Client, input: AttachInput): Promise<Status> {
  if (input.node.includes("@")) return client.call("attach", input);
  const guess = guessed(input);
  try {
    return await client.call("attach", guess);
  } catch (error) {
    const actual = actualNameOf(error);
    if (actual === undefined) throw error;
    return client.call("attach", { ...guess, node: actual });
  }
}

/** `[::1]:9100` is an IPv6 address with a port, as in a URL. */
const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;

function guessed(input: AttachInput): AttachInput {
  const [, six, other, port] = ADDRESS.exec(input.node) ?? [];
  const host = six ?? other;
  if (host === undefined) return { ...input, node: `${input.node}@${input.way?.host ?? "127.0.0.1"}` };
  return { ...input, node: `node@${host}`, way: { ...input.way, host, port: Number(port) } };
}

function actualNameOf(error: unknown): string | undefined {
  const details = error instanceof Error && "details" in error ? error.details : undefined;
  const actual = (details as { readonly actual?: unknown } | undefined)?.actual;
  return typeof actual === "string" ? actual : undefined;
}

/** Is `full` the node that is meant by `wanted`, which may lack the host? */
export const isNode = (full: string, wanted: string): boolean =>
  full === wanted || (!wanted.includes("@") && full.split("@")[0] === wanted);

/** The nodes that EPMD on this machine knows, or where the way leads; none where there is no EPMD. */
export async function findNodes(context: Context, client: Client, way?: Way): Promise<readonly FoundNode[]> {
  try {
    return await throughSsh(context, way, (open) => client.call("nodes", open ? { way: open } : {}));
  } catch (error) {
    if (isCode(error, /EPMD_UNREACHABLE/)) return [];
    throw error;
  }
}

/** How to get a node, for the case that there is none. */
const HOW_TO_GET_A_NODE = `Start your application under ElixirScope:
  elixirscope run -- mix phx.server
  elixirscope run -- iex -S mix phx.server
  elixirscope run -- bin/my_app start            (a release)
or give it a node name when you start it:
  iex --name my_app@127.0.0.1 -S mix phx.server
`;

/** Phoenix’s port in development, where PORT names no other. */
const PHOENIX_PORT = "4000";
/** An application of this machine answers at once, or is too busy to be asked. */
const PROBE_MS = 500;

/** What can be done where no node is found: start it so that it is one, or have its Tidewave make it one. */
async function howToGetANode(env: NodeJS.ProcessEnv): Promise<string> {
  const url = `http://localhost:${/^\d+$/.test(env.PORT ?? "") ? env.PORT : PHOENIX_PORT}`;
  const there = (await servesTidewave(url))
    ? `The application at ${url} has Tidewave, which makes it a node`
    : "Where it is up and has Tidewave, that makes it a node";
  return `${HOW_TO_GET_A_NODE}${there} without a restart:\n  elixirscope attach --tidewave ${url}`;
}

/** Asks without a body what every Tidewave answers alike: that its MCP is not read by GET. */
async function servesTidewave(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const asked = await fetch(`${url}/tidewave/mcp`, { signal, redirect: "error" }).catch(() => undefined);
  return asked?.status === 405;
}

export const noNodes = async (env: NodeJS.ProcessEnv): Promise<CliError> =>
  new CliError("CLI_NO_NODES", "There is no Erlang node on this machine that could be attached to.", {
    exit: EXIT.notFound,
    hint: await howToGetANode(env),
  });

/** The error of an attach; where this machine knows no such node, with what can be done. */
export async function withHowTo(env: NodeJS.ProcessEnv, error: unknown): Promise<unknown> {
  if (!isCode(error, /NODE_UNKNOWN|EPMD_UNREACHABLE/)) return error;
  return new CliError(codeOf(error), messageOf(error), {
    exit: EXIT.notFound,
    hint: await howToGetANode(env),
    cause: error,
  });
}
