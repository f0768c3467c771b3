import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Way } from "../protocol/index.ts";
import { codeOf, usageError } from "./errors.ts";
import { portOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How a node is reached where its name and EPMD do not say it. */
export interface WayOptions {
  readonly host?: string | undefined;
  readonly distPort?: number | undefined;
  readonly tls?: boolean | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsName?: string | undefined;
  readonly ssh?: string | undefined;
  readonly sshKey?: string | undefined;
}

/** For every command that attaches. */
export const wayOptions = (command: Command): Command =>
  command
    .option("--host <address>", "connect to this address in place of the one in the node's name")
    .option("--dist-port <port>", "the node's distribution port, where there is no EPMD", portOption)
    .option("--tls", "the node speaks TLS (-proto_dist inet_tls); the next four mean it, too")
    .option("--tls-ca <file>", "authority whose signature makes its certificate good (PEM)")
    .option("--tls-cert <file>", "our certificate, where the node asks for one (PEM)")
    .option("--tls-key <file>", "its key; ELIXIRSCOPE_TLS_PASSPHRASE opens it")
    .option("--tls-name <name>", "what the node's certificate is for, if not the host of its name")
    .option("--ssh <destination>", "through this host: user@host:port, or a Host of ~/.ssh/config")
    .option(
      "--ssh-key <file>",
      "the key to try first; ELIXIRSCOPE_SSH_PASSPHRASE opens it, else it is asked for",
    );

/**
 * Reads the files that are named. The key's passphrase comes from ELIXIRSCOPE_TLS_PASSPHRASE.
 * @returns `undefined` where the node is reached as usual
 */
export async function wayInput(context: Context, options: WayOptions): Promise<Way | undefined> {
  const tls = await tlsInput(context, options);
  const ssh = sshInput(context, options);
  const { host, distPort: port } = options;
  const way = { ...(host && { host }), ...(port && { port }), ...(tls && { tls }), ...(ssh && { ssh }) };
  return Object.keys(way).length === 0 ? undefined : way;
}

/** @returns `undefined` where no tunnel is wanted */
export function sshInput(context: Context, { ssh: destination, sshKey }: WayOptions): Way["ssh"] {
  if (destination === undefined) {
    if (sshKey === undefined) return undefined;
    throw usageError("--ssh-key stands alone.", "Say where it is for: --ssh user@host --ssh-key FILE");
  }
  const passphrase = context.env.ELIXIRSCOPE_SSH_PASSPHRASE;
  return {
    destination,
    ...(sshKey === undefined ? {} : { keyFile: absolute(context, sshKey) }),
    ...(passphrase ? { passphrase } : {}),
  };
}

/** From here, or from the home directory: `~/.ssh/id_ed25519`, which a shell leaves as it is behind a `=`. */
export const absolute = (context: Context, path: string): string =>
  resolve(path.replace(/^~(?=\/)/, () => context.env.HOME || homedir()));

async function tlsInput(context: Context, options: WayOptions): Promise<Way["tls"]> {
  const { tlsCa, tlsCert, tlsKey, tlsName } = options;
  if (!options.tls && [tlsCa, tlsCert, tlsKey, tlsName].every((one) => one === undefined)) return undefined;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usageError(
      `${tlsKey === undefined ? "--tls-cert" : "--tls-key"} stands alone.`,
      "A certificate and its key belong together: --tls-cert FILE --tls-key FILE",
    );
  }
  const passphrase = context.env.ELIXIRSCOPE_TLS_PASSPHRASE;
  return {
    ...(tlsCa === undefined ? {} : { ca: await pem("--tls-ca", tlsCa) }),
    ...(tlsCert === undefined ? {} : { cert: await pem("--tls-cert", tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: await pem("--tls-key", tlsKey) }),
    ...(passphrase ? { passphrase } : {}),
    ...(tlsName === undefined ? {} : { serverName: tlsName }),
  };
}

async function pem(option: string, path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw usageError(`The file ${path} of ${option} cannot be read (${codeOf(cause)}).`);
  });
  if (text.includes("-----BEGIN ")) return text;
  throw usageError(
    `${path} of ${option} is no PEM file.`,
    "It begins with -----BEGIN …; openssl x509 -inform DER makes one.",
  );
}
