import { Atom, type Term, Tuple } from "@elixirscope/etf";

/**
 * How a word makes a key a secret one:
 * - `anywhere`: the key contains it (`hashed_password`);
 * - `alone`: it stands in the key as a word of its own (`userPwd`, `db-pwd`, not `pwdx`);
 * - `session`: the key ends in it, or in it and `id`/`key`. A map or list under a key that merely ends in `session` is
 *   no secret itself (its own keys are looked at), a text is: it is the signed or stored form.
 * - `value`: it makes no key secret, it is a secret itself.
 */
export type Match = "anywhere" | "alone" | "session" | "value";

export interface SecretWord {
  /** Lower case, `_` for `-`, as UTF-8. */
  readonly bytes: Uint8Array;
  readonly match: Match;
  /** In text, `word: value` is a header whose value goes to the end of the line, quotes or not. */
  readonly header: boolean;
  /** In text, a space may stand between the word and its value. */
  readonly spaced: boolean;
}

/** What is secret in every application. `-` and `_` are the same, and so are capitals and small letters. */
export const DEFAULT_WORDS: readonly string[] = [
  "password",
  "passwd",
  "passphrase",
  "pwd",
  "secret",
  "token",
  "authorization",
  "bearer",
  "basic_auth",
  "cookie",
  "api_key",
  "apikey",
  "access_key",
  "accesskey",
  "private_key",
  "privatekey",
  "credential",
  "csrf",
  "session",
];

const ALONE = new Set(["pwd"]);
const HEADERS = new Set(["authorization", "cookie"]);

/** Bytes as they are compared: small letters, `_` for `-`. */
export const FOLD: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 65 && byte <= 90) return byte + 32;
  return byte === 45 ? 95 : byte;
});

/** The words of `texts` in the form in which they are looked for: folded, without empty and repeated ones. */
export function secretWords(texts: readonly string[]): readonly SecretWord[] {
  const folded = texts.map((text) => text.trim().toLowerCase().replaceAll("-", "_")).filter(Boolean);
  return [...new Set(folded)].map((text) => ({
    bytes: new TextEncoder().encode(text),
    match: ALONE.has(text) ? "alone" : text === "session" ? "session" : "anywhere",
    header: HEADERS.has(text),
    spaced: text === "bearer",
  }));
}

/**
 * The cookie of a node as a secret, which its own processes hand around without any key; none where it could be a word
 * of the application as well. Erlang makes up 20 letters, `mix release` 56.
 */
export function secretCookie(cookie: string): readonly SecretWord[] {
  if (!/^[A-Z0-9]{16,}=*$/.test(cookie)) return [];
  const bytes = new TextEncoder().encode(cookie.toLowerCase());
  return [{ bytes, match: "value", header: false, spaced: false }];
}

/**
 * Words of Phoenix's `:filter_parameters`: a list, `{discard, List}`, or whatever else holds texts. `{keep, List}` names
 * what is *no* secret, so that no words follow from it.
 * @see https://hexdocs.pm/phoenix/Phoenix.Logger.html#module-parameter-filtering
 */
export function filterParameters(term: Term): readonly string[] {
  const words: string[] = [];
  const rest: Term[] = [term];
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    if (item instanceof Uint8Array) words.push(new TextDecoder().decode(item));
    else if (Array.isArray(item)) rest.push(...(item as readonly Term[]));
    else if (item instanceof Tuple) {
      const [tag] = item.elements;
      if (!(tag instanceof Atom && tag.name === "keep")) rest.push(...item.elements);
    }
  }
  return words.toReversed();
}

const isLetter = (byte: number): boolean => (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
const isSmall = (byte: number): boolean => byte >= 97 && byte <= 122;
const isCapital = (byte: number): boolean => byte >= 65 && byte <= 90;

/** Endings with which a word is another word: tokenizer, tokenise, secretary. */
const OTHERWISE: readonly (readonly [word: string, ending: string])[] = [
  ["token", "iz"],
  ["token", "is"],
  ["secret", "ar"],
];
const OTHERWISE_BYTES = OTHERWISE.map(
  ([word, ending]) => [word.length, word.charCodeAt(0), ending.charCodeAt(0), ending.charCodeAt(1)] as const,
);

/** What a secret key says of its value: nothing, that it is secret, or that it is where it is a text. */
export type Verdict = 0 | 1 | 2;
export const PLAIN = 0;
export const SECRET = 1;
export const SECRET_TEXT = 2;

/** Is the key `bytes[keyStart..keyEnd)` secret, since `word` stands in it at `start..end`? */
export function judgeKey(
  bytes: Uint8Array,
  key: { readonly start: number; readonly end: number },
  word: SecretWord,
  start: number,
  end: number,
): Verdict {
  if (word.match === "alone") {
    const before = start > key.start ? bytes[start - 1]! : 0;
    const after = end < key.end ? bytes[end]! : 0;
    const opens = !isLetter(before) || (isSmall(before) && isCapital(bytes[start]!));
    return opens && !isSmall(after) ? SECRET : PLAIN;
  }
  if (word.match === "value") return PLAIN;
  if (word.match === "session") return judgeSession(bytes, end, key.end);
  if (end + 2 > key.end) return SECRET;
  const first = FOLD[bytes[end]!]!;
  const second = FOLD[bytes[end + 1]!]!;
  for (const [length, letter, a, b] of OTHERWISE_BYTES) {
    if (first === a && second === b && word.bytes.length === length && word.bytes[0] === letter) return PLAIN;
  }
  return SECRET;
}

function judgeSession(bytes: Uint8Array, end: number, keyEnd: number): Verdict {
  // A key in brackets, user[session], ends there.
  const last = keyEnd > end && bytes[keyEnd - 1] === 93 ? keyEnd - 1 : keyEnd;
  if (end === last) return SECRET_TEXT;
  const at = FOLD[bytes[end]!] === 95 ? end + 1 : end;
  const ending = String.fromCharCode(...bytes.subarray(at, Math.min(last, at + 4))).toLowerCase();
  return ending === "id" || ending === "key" ? SECRET : PLAIN;
}
