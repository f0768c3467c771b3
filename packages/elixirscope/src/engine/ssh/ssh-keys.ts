import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { ParsedKey } from "ssh2";
import { builtFile } from "../engine-client.ts";
import { SshError } from "./ssh-error.ts";
import type { SshHop } from "./ssh-hop.ts";

/** What a person gave to open keys. */
export interface Passphrases {
  /** For whichever key it opens. */
  readonly passphrase?: string | undefined;
  /** By file; an empty one: leave this key. */
  readonly passphrases?: Readonly<Record<string, string>> | undefined;
}

/** What the thread that opens a key is given, and what it answers. */
export interface Locked {
  readonly text: string;
  readonly passphrase: string;
}
export type Unlocked = { readonly pem: string } | { readonly error: string };

/** A key that can be used at once. */
export interface UsableKey {
  readonly file: string;
  readonly key: ParsedKey;
}

/** Keys of a hop; those with a passphrase are opened only where nothing else lets us in. */
export interface HopKeys {
  readonly usable: readonly UsableKey[];
  readonly locked: readonly { readonly file: string; readonly text: string }[];
}

type ParseKey = (text: string, passphrase?: string) => ParsedKey | Error;

/** @throws SshError SSH_KEY_UNREADABLE for a file that was named */
export async function keysOf(hop: SshHop, named: string | undefined, parseKey: ParseKey): Promise<HopKeys> {
  const usable: UsableKey[] = [];
  const locked: { file: string; text: string }[] = [];
  for (const file of hop.keyFiles) {
    const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (file !== named) return undefined;
      throw unreadable(file, `cannot be read (${cause.code})`);
    });
    if (text === undefined) continue;
    const key = parseKey(text);
    if (key instanceof Error) {
      if (/no passphrase given/.test(key.message)) locked.push({ file, text });
      else if (file === named) throw unreadable(file, `is no private key that can be used (${key.message})`);
    } else if (key.isPrivateKey()) usable.push({ file, key });
    else if (file === named) throw unreadable(file, "is a public key; its private one is needed");
  }
  return { usable, locked };
}

/** Keys that were given a passphrase, opened, and the files of those that were not. */
interface Opened {
  readonly usable: readonly UsableKey[];
  readonly missing: readonly string[];
}

/** @throws SshError SSH_PASSPHRASE_WRONG where it was given for that file */
export async function unlock(
  locked: HopKeys["locked"],
  given: Passphrases,
  parseKey: ParseKey,
): Promise<Opened> {
  const usable: UsableKey[] = [];
  const missing: string[] = [];
  for (const { file, text } of locked) {
    const own = given.passphrases?.[file];
    if (own === "") continue;
    const passphrase = own ?? given.passphrase;
    const plain = passphrase === undefined ? undefined : await inThread({ text, passphrase });
    const key = plain && ("pem" in plain ? parseKey(plain.pem) : new Error(plain.error));
    if (key && !(key instanceof Error)) usable.push({ file, key });
    else if (own === undefined) missing.push(file);
    else throw wrong(file);
  }
  return { usable, missing };
}

/** What to say where a key is left that nobody has opened. */
export const stillLocked = (file: string, given: Passphrases): SshError =>
  given.passphrase === undefined ? needed(file) : wrong(file);

function inThread(locked: Locked): Promise<Unlocked> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(builtFile(new URL("./unlock-worker.js", import.meta.url)), {
      workerData: locked,
    });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

const unreadable = (file: string, what: string): SshError =>
  new SshError("SSH_KEY_UNREADABLE", `The SSH key ${file} ${what}`, { file });

const needed = (file: string): SshError =>
  new SshError(
    "SSH_PASSPHRASE_NEEDED",
    `The SSH key ${file} has a passphrase: attach at a terminal, which asks for it, add it to ssh-agent (ssh-add ${file}), or set ELIXIRSCOPE_SSH_PASSPHRASE`,
    { file },
  );

const wrong = (file: string): SshError =>
  new SshError("SSH_PASSPHRASE_WRONG", `The passphrase does not open the SSH key ${file}`, { file });
