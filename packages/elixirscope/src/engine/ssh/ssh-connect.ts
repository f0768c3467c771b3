import type { Duplex } from "node:stream";
import type { AnyAuthMethod, Client, ParsedKey } from "ssh2";
import {
  algorithmsFor,
  fingerprint,
  type HostVerdict,
  keyType,
  knownOf,
  remember,
  verdictOn,
} from "./known-hosts.ts";
import { SshError } from "./ssh-error.ts";
import { hopName, type SshHop } from "./ssh-hop.ts";
import { keysOf, type Passphrases, stillLocked, type UsableKey, unlock } from "./ssh-keys.ts";

/** What a person gave for a way; it stays in memory. */
export interface SshSecrets extends Passphrases {
  /** By `user@host:port`: a password goes to nobody but the one it is for. */
  readonly passwords?: Readonly<Record<string, string>> | undefined;
  /** Fingerprints of keys that hosts nobody knew have shown, and a person has taken for theirs. */
  readonly trust?: readonly string[] | undefined;
}

export interface ConnectHop {
  readonly hop: SshHop;
  /** File that was named for this hop. */
  readonly keyFile?: string | undefined;
  readonly secrets: SshSecrets;
  /** A stream through the hops before; absent: a socket. */
  readonly over?: Duplex | undefined;
}

/** For the handshake and authentication, passphrases apart. */
const READY_MS = 20_000;
/** A connection that is silent for three of these is lost. */
const KEEPALIVE_MS = 5_000;

/** Kinds of keys that hosts show, the better ones first. SHA-1 is not among them. */
const HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/**
 * A connection to one host, authenticated. Keys that need a passphrase are opened only where nothing else lets us in.
 *
 * @throws SshError SSH_HOST_NOT_FOUND, SSH_UNREACHABLE, SSH_HANDSHAKE_FAILED, SSH_HOST_UNKNOWN, SSH_HOST_KEY_CHANGED,
 * SSH_HOST_KEY_REVOKED, SSH_KEY_UNREADABLE, SSH_PASSPHRASE_NEEDED, SSH_PASSPHRASE_WRONG, SSH_AUTH_FAILED
 */
export async function connectHop(
  connect: ConnectHop,
  redial: () => Promise<Duplex | undefined>,
): Promise<Client> {
  const { default: ssh2 } = await import("ssh2");
  const parseKey = (text: string, passphrase?: string): ParsedKey | Error =>
    ssh2.utils.parseKey(text, passphrase);
  const { hop, secrets } = connect;
  const { usable, locked } = await keysOf(hop, connect.keyFile, parseKey);
  const client = (): Client => new ssh2.Client();
  try {
    return await attempt(client(), connect, methods(connect, usable));
  } catch (error) {
    if (locked.length === 0 || !isRefusal(error)) throw error;
    const opened = await unlock(locked, secrets, parseKey);
    const left = opened.missing[0];
    if (opened.usable.length === 0) throw left === undefined ? error : stillLocked(left, secrets);
    const over = connect.over === undefined ? undefined : await redial();
    return await attempt(client(), { ...connect, over }, methods(connect, opened.usable, false)).catch(
      (refused: unknown) => {
        throw left !== undefined && isRefusal(refused) ? stillLocked(left, secrets) : refused;
      },
    );
  }
}

const isRefusal = (error: unknown): boolean => error instanceof SshError && error.code === "SSH_AUTH_FAILED";

/** What is tried, in this order; passwords only where one was given for this host. */
function methods(
  { hop, keyFile, secrets }: ConnectHop,
  keys: readonly UsableKey[],
  first = true,
): AnyAuthMethod[] {
  const username = hop.user;
  const byKey = keys.map(({ key }): AnyAuthMethod => ({ type: "publickey", username, key }));
  const byAgent: AnyAuthMethod[] =
    hop.agent === undefined || !first ? [] : [{ type: "agent", username, agent: hop.agent }];
  const password = secrets.passwords?.[hopName(hop)];
  const typed: AnyAuthMethod[] =
    password === undefined
      ? []
      : [
          { type: "password", username, password },
          {
            type: "keyboard-interactive",
            username,
            // One question whose answer is not to be seen is for the password; others are not ours to answer.
            prompt: (_name, _instructions, _language, prompts, finish) =>
              finish(prompts.length === 1 && prompts[0]!.echo !== true ? [password] : []),
          },
        ];
  const named = keyFile === undefined ? [...byAgent, ...byKey] : [...byKey, ...byAgent];
  return [{ type: "none", username }, ...named, ...typed];
}

interface Course {
  refused: SshError | undefined;
  /** Methods that the host offers. */
  offered: readonly string[];
  tried: Set<string>;
  authenticating: boolean;
}

async function attempt(client: Client, connect: ConnectHop, list: AnyAuthMethod[]): Promise<Client> {
  const { hop, over, secrets } = connect;
  const known = await knownOf(hop.keyName, hop.knownHostsFiles);
  const course: Course = { refused: undefined, offered: [], tried: new Set(), authenticating: false };
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { level?: string }): void => {
      client.destroy();
      reject(course.refused ?? whatFailed(hop, course, error));
    };
    client.on("handshake", () => {
      course.authenticating = true;
    });
    client.on("error", fail);
    client.on("close", () => fail(new Error("it hung up")));
    client.on("ready", () => {
      client.off("error", fail);
      // What comes now is told by `close`.
      client.on("error", () => undefined);
      resolve(client);
    });
    client.connect({
      ...(over ? { sock: over } : { host: hop.host, port: hop.port }),
      username: hop.user,
      readyTimeout: READY_MS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: algorithmsFor(known, HOST_KEYS) as never },
      hostVerifier: (key: Buffer, verify: (good: boolean) => void) => {
        void judged(hop, key, verdictOn(key, known), secrets).then((refused) => {
          course.refused = refused;
          verify(refused === undefined);
        });
      },
      authHandler: (left, _partial, next) => {
        if (Array.isArray(left)) course.offered = left;
        const method = nextMethod(list, course);
        if (method) course.tried.add(method.type);
        next(method ?? (false as never));
      },
    });
  });
}

/** The first that the host would take; before it has said anything, any. */
function nextMethod(list: AnyAuthMethod[], course: Course): AnyAuthMethod | undefined {
  for (let method = list.shift(); method; method = list.shift()) {
    const kind = method.type === "agent" ? "publickey" : method.type;
    if (course.offered.length === 0 || course.offered.includes(kind)) return method;
  }
  return undefined;
}

/** Nothing where the key is good, or a person has said so: then it is written down. */
async function judged(
  hop: SshHop,
  key: Buffer,
  verdict: HostVerdict,
  { trust = [] }: SshSecrets,
): Promise<SshError | undefined> {
  const shown = fingerprint(key);
  const type = keyType(key);
  const details = { host: hop.keyName, fingerprint: shown, type };
  switch (verdict.verdict) {
    case "known":
      return undefined;
    case "revoked":
      return new SshError(
        "SSH_HOST_KEY_REVOKED",
        `${hop.keyName} shows a key that ${place(verdict.known)} says is revoked (${type} ${shown}): do not connect, ask its administrator`,
        details,
      );
    case "changed":
      return new SshError(
        "SSH_HOST_KEY_CHANGED",
        `THE KEY OF ${hop.keyName} IS ANOTHER ONE than in ${place(verdict.known)} (${verdict.known.type} ${fingerprint(Buffer.from(verdict.known.key, "base64"))}): it shows ` +
          `${type} ${shown}. Somebody may be listening in between; nothing was sent. If its administrator says that it was changed, ` +
          `forget the old one: ssh-keygen -R '${hop.keyName}'`,
        { ...details, knownIn: place(verdict.known) },
      );
    case "unknown":
      if (!trust.includes(shown)) return unknown(hop, details);
      return remembered(hop, key);
  }
}

async function remembered(hop: SshHop, key: Buffer): Promise<SshError | undefined> {
  const file = hop.knownHostsFiles[0]!;
  try {
    await remember(hop.keyName, key, file);
    return undefined;
  } catch (cause) {
    return new SshError(
      "SSH_HOST_UNKNOWN",
      `The key of ${hop.keyName} cannot be written to ${file} (${(cause as NodeJS.ErrnoException).code}): see who may write there`,
      { host: hop.keyName },
      cause,
    );
  }
}

const place = ({ file, line }: { readonly file: string; readonly line: number }): string => `${file}:${line}`;

const unknown = (
  hop: SshHop,
  details: { readonly type: string; readonly fingerprint: string; readonly host: string },
): SshError =>
  new SshError(
    "SSH_HOST_UNKNOWN",
    `${hop.keyName} is not in ~/.ssh/known_hosts. It shows ${details.type} ${details.fingerprint}: compare that with what its administrator says. ` +
      `Attaching at a terminal asks whether to trust it; connecting once with ssh ${hopName(hop)} does, too`,
    details,
  );

const LEVELS: Readonly<Record<string, (hop: SshHop, course: Course, cause: Error) => SshError>> = {
  "client-socket": unreachable,
  "client-timeout": unreachable,
  "client-authentication": refusedUs,
};

function whatFailed(hop: SshHop, course: Course, error: Error & { level?: string }): SshError {
  if (course.authenticating && error.level !== "client-socket") return refusedUs(hop, course, error);
  return (LEVELS[error.level ?? ""] ?? noSsh)(hop, course, error);
}

function unreachable(hop: SshHop, _course: Course, cause: Error): SshError {
  const { code } = cause as NodeJS.ErrnoException;
  const details = { host: hop.host, port: hop.port };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new SshError(
      "SSH_HOST_NOT_FOUND",
      `The host ${hop.host} of --ssh is not known here (${code}): check the name, or the HostName in ~/.ssh/config`,
      details,
      cause,
    );
  }
  const why = code ?? cause.message;
  return new SshError(
    "SSH_UNREACHABLE",
    `No SSH server answers at ${hop.host}:${hop.port} (${why}): check host and port, and that nothing between keeps it away`,
    details,
    cause,
  );
}

const noSsh = (hop: SshHop, _course: Course, cause: Error): SshError =>
  new SshError(
    "SSH_HANDSHAKE_FAILED",
    `What listens at ${hop.host}:${hop.port} does not come to terms with us over SSH (${cause.message}): check the port; \`ssh -v ${hopName(hop)}\` says what it offers`,
    { host: hop.host, port: hop.port },
    cause,
  );

function refusedUs(hop: SshHop, { offered, tried }: Course, cause: Error): SshError {
  const ways = [...tried].filter((type) => type !== "none");
  const name = hopName(hop);
  return new SshError(
    "SSH_AUTH_FAILED",
    `${name} does not let us in (tried: ${ways.join(", ") || "nothing, there is no key"}; it takes: ${offered.join(", ") || "it does not say"}). ` +
      "Name the key with --ssh-key FILE, add it to ssh-agent, or see that the host has it in authorized_keys",
    { user: hop.user, host: hop.host, name, tried: ways, offered },
    cause,
  );
}
