import type { SshWay, Way } from "../protocol/index.ts";
import { CliError, codeOf, EXIT, messageOf } from "./errors.ts";
import type { Context } from "./terminal.ts";

/** As often as ssh asks. */
const TRIES = 3;

/** A question to a person at the terminal, and what their answer adds to the way. */
type Question = (ssh: SshWay, details: Details) => Promise<SshWay | undefined>;

interface Details {
  readonly file?: string;
  readonly host?: string;
  readonly fingerprint?: string;
  readonly type?: string;
  readonly name?: string;
  readonly offered?: readonly string[];
}

/**
 * Does what goes through a tunnel, asking the person for what opens it: a key's passphrase, a password, whether a host that nobody
 * knew is the right one. The answers are handed on inside this process only. Where nobody can be asked, the error says what to do.
 */
export async function throughSsh<T>(
  context: Context,
  way: Way | undefined,
  go: (way: Way | undefined) => Promise<T>,
): Promise<T> {
  const asked = new Map<string, number>();
  let now = way;
  for (;;) {
    try {
      return await go(now);
    } catch (error) {
      const ssh = now?.ssh;
      const details = detailsOf(error);
      const question = ssh && canAskQuietly(context) ? questionFor(error, details) : undefined;
      if (!ssh || !question) throw error;
      const times = (asked.get(question.about) ?? 0) + 1;
      if (times > TRIES) throw error;
      asked.set(question.about, times);
      if (times > 1) context.err.line(context.err.color.yellow(messageOf(error)));
      const answered = await question.ask(ssh, details);
      if (!answered) throw error;
      now = { ...now, ssh: answered };
    }
  }
}

/** Standard output may go into a file: the questions are on standard error. */
const canAskQuietly = (context: Context): boolean =>
  context.stdinIsTTY && context.err.isTTY && !context.env.CI;

function questionFor(
  error: unknown,
  { file, fingerprint, name, offered = [] }: Details,
): { readonly about: string; readonly ask: Question } | undefined {
  switch (codeOf(error)) {
    case "SSH_PASSPHRASE_NEEDED":
    case "SSH_PASSPHRASE_WRONG":
      return file === undefined ? undefined : { about: file, ask: askPassphrase };
    case "SSH_HOST_UNKNOWN":
      return fingerprint === undefined ? undefined : { about: fingerprint, ask: askTrust };
    case "SSH_AUTH_FAILED":
      if (name === undefined || !offered.some((way) => /^(password|keyboard-interactive)$/.test(way)))
        return undefined;
      return { about: name, ask: askPassword };
    default:
      return undefined;
  }
}

const askPassphrase: Question = async (ssh, { file = "" }) => ({
  ...ssh,
  passphrases: { ...ssh.passphrases, [file]: await hidden(`Passphrase of ${file} (empty: leave this key)`) },
});

const askPassword: Question = async (ssh, { name = "" }) => {
  const password = await hidden(`Password of ${name}`);
  return password === "" ? undefined : { ...ssh, passwords: { ...ssh.passwords, [name]: password } };
};

const askTrust: Question = async (ssh, { host = "", type = "", fingerprint = "" }) => {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({
    message: `${host} is not in ~/.ssh/known_hosts. It shows ${type} ${fingerprint}. Is that its key?`,
    active: "yes, write it down",
    inactive: "no",
    initialValue: false,
    output: process.stderr,
  });
  if (isCancel(answer)) throw cancelled();
  return answer ? { ...ssh, trust: [...(ssh.trust ?? []), fingerprint] } : undefined;
};

/** What is typed is shown as stars only. */
async function hidden(message: string): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw cancelled();
  return answer ?? "";
}

const cancelled = (): CliError => new CliError("CLI_CANCELLED", "Given up.", { exit: EXIT.interrupted });

const detailsOf = (error: unknown): Details =>
  error instanceof Error && "details" in error ? (error.details as Details) : {};
