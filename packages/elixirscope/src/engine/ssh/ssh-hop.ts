import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { SshError } from "./ssh-error.ts";

/** One host on the way to the last one, with what `~/.ssh/config` says of it. */
export interface SshHop {
  /** Where to connect; what other hops on the way make of the name. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Name under which its key is looked for (HostKeyAlias), with the port where that is not 22: `[host]:2222`. */
  readonly keyName: string;
  /** Files of keys in the order in which they are tried. */
  readonly keyFiles: readonly string[];
  /** Socket of the agent; absent: there is none, or it is not to be asked. */
  readonly agent: string | undefined;
  readonly knownHostsFiles: readonly string[];
}

/** As a person writes it: `user@host:port`. */
export interface Destination {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

export const hopName = (hop: SshHop): string =>
  `${hop.user}@${hop.host.includes(":") ? `[${hop.host}]` : hop.host}${hop.port === 22 ? "" : `:${hop.port}`}`;

const DESTINATION =
  /^(?:ssh:\/\/)?(?:([^@\s/]+)@)?(?:\[([^\]\s]+)\]|([^\s:@/[\]-][^\s:@/[\]]*))(?::(\d{1,5}))?\/?$/;

/** @throws SshError SSH_BAD_DESTINATION */
export function parseDestination(text: string): Destination {
  const match = DESTINATION.exec(text);
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (!match || port === 0 || (port ?? 1) > 65_535) {
    throw new SshError(
      "SSH_BAD_DESTINATION",
      `${JSON.stringify(text)} is no destination for SSH: write user@host, user@host:port or a Host of ~/.ssh/config`,
      { destination: text },
    );
  }
  return { user: match[1], host: (match[2] ?? match[3])!, port };
}

/** What of the surroundings the way to a host depends on. */
export interface SshHome {
  readonly folder: string;
  readonly user: string;
  readonly agent: string | undefined;
}

export function sshHome(env: NodeJS.ProcessEnv = process.env): SshHome {
  const home = env["HOME"] || homedir();
  return {
    folder: join(home, ".ssh"),
    user: env["USER"] || userInfo().username,
    agent: env["SSH_AUTH_SOCK"] || undefined,
  };
}
