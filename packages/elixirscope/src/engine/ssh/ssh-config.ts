import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { SshError } from "./ssh-error.ts";
import { type Destination, parseDestination, type SshHome, type SshHop } from "./ssh-hop.ts";

/** Keys that ssh looks for where none is named; those in hardware are left to the agent. */
const USUAL_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"] as const;
/** Hosts on the way to one, and files that include each other: more is a circle. */
const DEEPEST = 8;

/** Settings of one host: the first that is found holds, as for ssh. */
type Settings = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Config {
  readonly home: SshHome;
  of(host: string, user: string | undefined): Settings;
}

/**
 * The hosts from here to `destination`, the last one last: what `~/.ssh/config` says of it and of the hosts to jump over.
 *
 * @param keyFile tried before all others at the last host
 * @throws SshError SSH_BAD_DESTINATION, SSH_BAD_CONFIG
 */
export async function wayTo(
  destination: string,
  keyFile: string | undefined,
  home: SshHome,
): Promise<readonly SshHop[]> {
  const config = await readConfig(home);
  return hops(config, parseDestination(destination), keyFile, 0);
}

function hops(
  config: Config,
  to: Destination,
  keyFile: string | undefined,
  depth: number,
): readonly SshHop[] {
  if (depth > DEEPEST) throw badConfig(`the hosts to jump over (ProxyJump) lead back to ${to.host}`);
  const settings = config.of(to.host, to.user);
  const hop = hopOf(config, to, settings, keyFile);
  const jump = one(settings, "proxyjump");
  if (jump === undefined || jump.toLowerCase() === "none") {
    const command = one(settings, "proxycommand");
    if (command !== undefined && command.toLowerCase() !== "none") {
      throw badConfig(`${to.host} has a ProxyCommand, which is not run here. A ProxyJump would do`);
    }
    return [hop];
  }
  const [first, ...rest] = jump.split(",").map((text) => parseDestination(text.trim()));
  const before = hops(config, first!, undefined, depth + 1);
  // Those behind the first are reached over it, whatever else is said of them.
  const between = rest.map((next) => hopOf(config, next, config.of(next.host, next.user), undefined));
  return [...before, ...between, hop];
}

function hopOf(config: Config, to: Destination, settings: Settings, keyFile: string | undefined): SshHop {
  const { home } = config;
  const host = expanded(one(settings, "hostname") ?? to.host, to.host);
  const port = to.port ?? Number(one(settings, "port") ?? 22);
  const named = all(settings, "identityfile").map((path) => inHome(path, home));
  const usual = USUAL_KEYS.map((name) => join(home.folder, name));
  const only = one(settings, "identitiesonly")?.toLowerCase() === "yes";
  const files = [...(keyFile === undefined ? [] : [keyFile]), ...(named.length > 0 ? named : usual)];
  const keyName = (one(settings, "hostkeyalias") ?? host).toLowerCase();
  const known = all(settings, "userknownhostsfile").flatMap((text) => text.split(/\s+/));
  return {
    host,
    port,
    user: to.user ?? one(settings, "user") ?? home.user,
    keyName: port === 22 ? keyName : `[${keyName}]:${port}`,
    keyFiles: [...new Set(only && keyFile !== undefined ? [keyFile] : files)],
    agent: agentOf(one(settings, "identityagent"), home),
    knownHostsFiles:
      known.length > 0
        ? known.map((path) => inHome(path, home))
        : [join(home.folder, "known_hosts"), join(home.folder, "known_hosts2"), "/etc/ssh/ssh_known_hosts"],
  };
}

function agentOf(setting: string | undefined, home: SshHome): string | undefined {
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return home.agent;
  return setting.toLowerCase() === "none" ? undefined : inHome(setting, home);
}

async function readConfig(home: SshHome): Promise<Config> {
  const path = join(home.folder, "config");
  const { default: SSHConfig } = await import("ssh-config");
  const text = await withIncluded(path, home, 0);
  try {
    const parsed = SSHConfig.parse(text);
    return {
      home,
      // `Match exec` would run a program in the engine's thread: what it is a condition of is left out.
      of: (host, user) =>
        parsed.compute(
          { Host: host, ...(user === undefined ? {} : { User: user }) },
          {
            ignoreCase: true,
            matchExec: false,
          },
        ),
    };
  } catch (cause) {
    throw badConfig(`it cannot be read (${(cause as Error).message})`, cause);
  }
}

/** The text of a file with that of the files that it includes; nothing where there is none. */
async function withIncluded(path: string, home: SshHome, depth: number): Promise<string> {
  if (depth > DEEPEST) throw badConfig(`the files that it includes include each other (${path})`);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || depth > 0) return "";
    throw badConfig(`it cannot be read (${cause.code})`, cause);
  });
  const lines = text.split("\n").map(async (line) => {
    const [, patterns] = /^\s*Include[\s=]+(.+?)\s*$/i.exec(line) ?? [];
    if (patterns === undefined) return line;
    const files = await Promise.all(patterns.split(/\s+/).map((pattern) => filesOf(pattern, home)));
    return (await Promise.all(files.flat().map((file) => withIncluded(file, home, depth + 1)))).join("\n");
  });
  return (await Promise.all(lines)).join("\n");
}

/** `config.d/*`: stars in the file's name only. */
async function filesOf(pattern: string, home: SshHome): Promise<readonly string[]> {
  const path = inHome(pattern.replaceAll('"', ""), home);
  if (!/[*?]/.test(path)) return [path];
  const name = new RegExp(
    `^${basename(path)
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((one) => name.test(one) && !one.startsWith("."))
    .toSorted()
    .map((one) => join(dirname(path), one));
}

/** `~/x` and `%d/x` are in the home directory, `x` beside the configuration. */
function inHome(path: string, home: SshHome): string {
  const whole = path.replace(/^(?:~|%d)(?=\/)/, dirname(home.folder));
  return isAbsolute(whole) ? whole : join(home.folder, whole);
}

const expanded = (name: string, host: string): string => name.replaceAll("%h", host);

function all(settings: Settings, key: string): readonly string[] {
  const value = settings[key];
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

const one = (settings: Settings, key: string): string | undefined => all(settings, key)[0];

const badConfig = (what: string, cause?: unknown): SshError =>
  new SshError("SSH_BAD_CONFIG", `~/.ssh/config: ${what}`, {}, cause);
