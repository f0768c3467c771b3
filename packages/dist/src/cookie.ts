import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { DistError } from "./errors.ts";

export interface CookieSources {
  /** What the user gave on a command line or in a prompt. */
  readonly flag?: string | undefined;
  /** Default `process.env`; read are ELIXIRSCOPE_COOKIE, HOME and XDG_CONFIG_HOME. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: HOME, else the system's. */
  readonly home?: string;
}

export interface FoundCookie {
  readonly cookie: string;
  /** For people: `--cookie`, `ELIXIRSCOPE_COOKIE`, or the file's path. */
  readonly source: string;
}

export interface MissingCookie {
  readonly missing: "none" | "unusable";
  /** DIST_NO_COOKIE: says where we looked and what to do. */
  readonly error: DistError;
}

/**
 * The cookie to connect with: flag, else ELIXIRSCOPE_COOKIE, else `~/.erlang.cookie`, else
 * `$XDG_CONFIG_HOME/erlang/.erlang.cookie` (which OTP reads too). The first source that exists decides: one that is there but cannot be
 * used is an answer of its own, since a cookie from elsewhere would then be a surprise. As Erlang does, we refuse a cookie file that
 * others than its owner may access.
 */
export async function readCookie(sources: CookieSources = {}): Promise<FoundCookie | MissingCookie> {
  const env = sources.env ?? process.env;
  for (const [source, text] of [
    ["--cookie", sources.flag],
    ["ELIXIRSCOPE_COOKIE", env.ELIXIRSCOPE_COOKIE],
  ] as const) {
    if (text !== undefined && text !== "") return checked(text, source);
  }
  const home = sources.home ?? env.HOME ?? homedir();
  const files = [
    join(home, ".erlang.cookie"),
    join(env.XDG_CONFIG_HOME || join(home, ".config"), "erlang", ".erlang.cookie"),
  ];
  for (const file of files) {
    const found = await readCookieFile(file);
    if (found !== undefined) return found;
  }
  return missing(
    "none",
    `No cookie: give --cookie, set ELIXIRSCOPE_COOKIE, or let Erlang make ${files[0]} (it does when a node with a name starts)`,
    { searched: files },
  );
}

async function readCookieFile(file: string): Promise<FoundCookie | MissingCookie | undefined> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0 && process.platform !== "win32") {
      return missing(
        "unusable",
        `Others than you may access ${file}, so Erlang refuses it and so do we: chmod 400 ${file}`,
        { file },
      );
    }
    return checked(await readFile(file, "latin1"), file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return missing(
      "unusable",
      `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "error"}`,
      { file },
      cause,
    );
  }
}

/** A cookie is one line of visible Latin-1 characters; a line break at its end is no part of it. */
function checked(text: string, source: string): FoundCookie | MissingCookie {
  const cookie = text.replace(/[\s\0]+$/, "");
  if (cookie === "") return missing("unusable", `The cookie from ${source} is empty`, { source });
  if (isCookie(cookie)) return { cookie, source };
  return missing(
    "unusable",
    `The cookie from ${source} has characters that no cookie may have (a space, a control or a non-Latin-1 character)`,
    {
      source,
    },
  );
}

/** Erlang's digest takes the cookie's characters as bytes, so that none may be above 255. */
export function isCookie(text: string): boolean {
  return /^[\x21-\x7e\xa1-\xff]+$/.test(text) && text.length <= 255;
}

function missing(
  kind: MissingCookie["missing"],
  message: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): MissingCookie {
  return { missing: kind, error: new DistError("DIST_NO_COOKIE", message, details, cause) };
}
