import { hostname, userInfo } from "node:os";

/** Who runs this ElixirScope, as far as the machine knows. */
export interface Who {
  readonly user: string;
  readonly host: string;
  /** Who became `user` by sudo. */
  readonly sudoUser?: string | undefined;
  /** The address from which `user` came by SSH. */
  readonly sshFrom?: string | undefined;
}

export function whoAmI(env: NodeJS.ProcessEnv): Who {
  const { SUDO_USER: sudoUser, SSH_CONNECTION: ssh } = env;
  const sshFrom = ssh?.split(" ")[0];
  return { user: userName(), host: hostname(), ...(sudoUser && { sudoUser }), ...(sshFrom && { sshFrom }) };
}

/** In a container a user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** For the log of the node: `ada@desk (elixirscope 0.1.0, process 4711)`. */
export function whoText({ user, host, sudoUser }: Who, version: string): string {
  const person = sudoUser === undefined ? user : `${sudoUser} as ${user}`;
  return `${person}@${host} (elixirscope ${version}, process ${process.pid})`;
}
