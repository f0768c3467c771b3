import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { codeOf, usageError } from "./errors.ts";
import type { Context } from "./terminal.ts";

export interface CookieOptions {
  readonly cookie?: string | undefined;
  /** A path, or `-` for stdin. */
  readonly cookieFile?: string | undefined;
}

/** The longest cookie that an Erlang node takes: an atom's 255 characters. */
const LONGEST = 255;

/**
 * The cookie that the person gave, or `undefined` to leave it to ELIXIRSCOPE_COOKIE and `~/.erlang.cookie`.
 * It is handed on inside this process only: no argv, no log, no URL.
 */
export async function givenCookie(context: Context, options: CookieOptions): Promise<string | undefined> {
  if (options.cookie !== undefined && options.cookieFile !== undefined) {
    throw usageError("--cookie and --cookie-file exclude each other.");
  }
  if (options.cookie !== undefined) {
    context.err.line(
      context.err.color.yellow(
        "Warning: a cookie on the command line is visible to everyone on this machine. " +
          "Prefer --cookie-file FILE (- for stdin) or ELIXIRSCOPE_COOKIE.",
      ),
    );
    return checked(options.cookie, "--cookie");
  }
  if (options.cookieFile === undefined) return undefined;
  if (options.cookieFile === "-") return checked(await stdinText(), "stdin");
  return checked(await fileText(options.cookieFile), options.cookieFile);
}

function checked(text: string, from: string): string {
  const cookie = text.trim();
  if (cookie === "") throw usageError(`The cookie from ${from} is empty.`);
  if (cookie.length > LONGEST) {
    throw usageError(
      `The cookie from ${from} is longer than ${LONGEST} characters; no Erlang node takes it.`,
    );
  }
  return cookie;
}

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw usageError(`The cookie file ${path} cannot be read (${codeOf(cause)}).`);
  }
}

async function stdinText(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** Where Erlang looks for the user's cookie; the second since OTP 25. */
const cookiePaths = (home: string, env: NodeJS.ProcessEnv): readonly string[] => [
  join(home, ".erlang.cookie"),
  join(env.XDG_CONFIG_HOME || join(home, ".config"), "erlang", ".erlang.cookie"),
];

/**
 * The user's own cookie, written to `~/.erlang.cookie` (0600) where there is none yet, as a starting node would do:
 * a child node then reads the same file, so that the cookie is in nobody's argv or environment.
 */
export async function userCookie(env: NodeJS.ProcessEnv): Promise<string> {
  const home = env.HOME || homedir();
  for (const path of cookiePaths(home, env)) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.trim() !== "") return text.trim();
  }
  const fresh = Array.from({ length: 32 }, () => String.fromCharCode(65 + randomInt(26))).join("");
  await writeFile(join(home, ".erlang.cookie"), fresh, { mode: 0o600, flag: "wx" });
  return fresh;
}
