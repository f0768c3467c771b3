import type { Redactor } from "./redaction.ts";

/** Texts, sigils, characters and numbers of Elixir and Erlang, and comments: where a secret can stand in a source. */
const LITERALS =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|~[a-zA-Z]+(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|\|[^|]*\||\/[^/]*\/|<[^>]*>)|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|#[^\n{][^\n]*|%[% ][^\n]*|(?<![\w@.&])\d[\d_]*(?:\.\d+)?/g;

/** BINARY_EXT and its length. */
const HEAD = 5;

/**
 * Overwrites the secrets that a source spells out, such as `password: "hunter2"`. Names of variables and functions stay,
 * though they stand where a secret would: `token = sign(conn)` tells nothing; lines stay lines.
 */
export function withoutSecrets(text: string, redactor: Redactor): string {
  // Byte by byte: what is overwritten has as many bytes as before.
  const before = Buffer.from(text).toString("latin1");
  const pairs = asPairs(before);
  const term = Buffer.alloc(HEAD + before.length);
  term[0] = 109;
  term.writeUInt32BE(before.length, 1);
  term.write(pairs, HEAD, "latin1");
  redactor.redactTerm(term);
  const after = term.toString("latin1", HEAD);
  if (pairs === after) return text;
  const masked = before.replace(LITERALS, (literal, at: number) =>
    literal.replace(/[^\n\r]/g, (char, i: number) => (after[at + i] === "*" ? "*" : char)),
  );
  return Buffer.from(masked, "latin1").toString("utf8");
}

/** Keys and values as code has them beside `key: value`: `@password "x"`, `put(:password, "x")`, `-define(PASSWORD, "x")`. */
const asPairs = (text: string): string =>
  text.replace(/(@[a-z]\w* *) (?=["'~\d])/g, "$1=").replace(/([\w"']),(?= *["'~<])/g, "$1:");
