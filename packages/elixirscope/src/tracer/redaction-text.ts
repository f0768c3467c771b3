import { MASK } from "./redaction-mask.ts";
import { judgeKey, PLAIN, SECRET_TEXT, type SecretWord } from "./redaction-words.ts";

// Secrets in text: forms (`password=…&`), JSON (also JSON in JSON), headers, printed terms of Elixir and Erlang, XML,
// multipart forms. A key that stands in a text without a separator and a value is prose, and stays.

/** A stretch of a batch. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What came of a word in a text. */
export type Found =
  /** Nothing was secret, or all of it is overwritten; the text is done up to here. */
  | { readonly type: "done"; readonly at: number }
  /** The text ends with the key, or with the separator behind it: the value may come in the next piece. */
  | { readonly type: "key_at_end" }
  | { readonly type: "value_next" };

const done = (at: number): Found => ({ type: "done", at });
const VALUE_NEXT: Found = { type: "value_next" };
const KEY_AT_END: Found = { type: "key_at_end" };

const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASH = 92;
const EQUALS = 61;
const COLON = 58;
const COMMA = 44;
const LESS = 60;
const GREATER = 62;
const CR = 13;
const LF = 10;

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
/** Letters, digits and `_ - . [ ]`, as in `user[password]` and `x-api-key`. */
const isKeyByte = (byte: number): boolean =>
  isAlphanumeric(byte) || byte === 95 || byte === 45 || byte === 46 || byte === 91 || byte === 93;
const isSpace = (byte: number): boolean => byte === 32 || byte === 9;
const isQuote = (byte: number): boolean => byte === QUOTE || byte === APOSTROPHE;

/** Longest name that is taken for a key. */
const MAX_KEY = 96;

/** Is this text nothing but a name (in any script), such as `user_token` or `Set-Cookie`? */
export function isKeyText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_KEY) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (!isKeyByte(byte) && byte !== 63 && byte !== 33 && byte < 0x80) return false;
  }
  return true;
}

/** Overwrites the value that belongs to the word at `hit`, if it is a key in this text. */
export function redactText(bytes: Uint8Array, text: Range, hit: Range, word: SecretWord): Found {
  const key = keyAround(bytes, text, hit);
  const verdict = judgeKey(bytes, key, word, hit.start, hit.end);
  if (verdict === PLAIN) return done(hit.end);
  let at = key.end;
  if (at < text.end && bytes[at] === GREATER) return redactElement(bytes, text, key);

  while (at < text.end && bytes[at] === BACKSLASH) at++;
  const quoted = at < text.end && isQuote(bytes[at]!);
  if (quoted) at++;
  if (at >= text.end) return KEY_AT_END;
  if (quoted && bytes[at] === CR) return redactFormPart(bytes, text, at);
  // <<"password">>, as Erlang prints a binary.
  if (quoted && bytes[at] === GREATER && bytes[at + 1] === GREATER) at += 2;

  const behind = at;
  at = spacesEnd(bytes, at, text.end);
  let separator: Separator = separatorAt(bytes, at, text.end);
  if (at < text.end && bytes[at] === COMMA && opensTuple(bytes, text, key)) separator = TUPLE_COMMA;
  if (separator.length > 0) at = valueStart(bytes, at + separator.length, text.end, separator.style, quoted);
  else if (!word.spaced || at === behind) return done(hit.end);
  if (at >= text.end) return VALUE_NEXT;
  return redactValue(bytes, text, at, {
    style: separator.style,
    quotedKey: quoted,
    header: word.header,
    loose: verdict !== SECRET_TEXT,
  });
}

function keyAround(bytes: Uint8Array, text: Range, hit: Range): Range {
  let { start, end } = hit;
  while (start > text.start && hit.start - start < MAX_KEY && isKeyByte(bytes[start - 1]!)) start--;
  for (;;) {
    if (end < text.end && end - hit.end < MAX_KEY && isKeyByte(bytes[end]!)) end++;
    else if (escapeAt(bytes, end, text.end, "5b") || escapeAt(bytes, end, text.end, "5d")) end += 3;
    else return { start, end };
  }
}

/** Does `%XX` stand at `at`? `hex` in small letters. */
function escapeAt(bytes: Uint8Array, at: number, end: number, hex: string): boolean {
  return (
    at + 3 <= end &&
    bytes[at] === 37 &&
    (bytes[at + 1]! | 32) === (hex.charCodeAt(0) | 32) &&
    (bytes[at + 2]! | 32) === (hex.charCodeAt(1) | 32)
  );
}

/** Does the key stand first in a printed tuple: `{password, …`, `{"password", …`, `{:password, …`? */
function opensTuple(bytes: Uint8Array, text: Range, key: Range): boolean {
  let at = key.start - 1;
  while (at >= text.start && (isQuote(bytes[at]!) || bytes[at] === BACKSLASH)) at--;
  while (at >= text.start && (bytes[at] === LESS || bytes[at] === COLON)) at--;
  return at >= text.start && bytes[at] === 123;
}

/** Where a printed term is longer than a line, its value stands on the next one. */
function valueStart(bytes: Uint8Array, start: number, end: number, style: Style, quotedKey: boolean): number {
  let at = spacesEnd(bytes, start, end);
  if (style !== "arrow" && !(style === "colon" && quotedKey)) return at;
  while (at < end && (isSpace(bytes[at]!) || isLineEnd(bytes[at]!))) at++;
  return at;
}

type Style = "equals" | "arrow" | "colon" | "space";

interface Separator {
  readonly style: Style;
  readonly length: number;
}

function separatorAt(bytes: Uint8Array, at: number, end: number): Separator {
  const byte = at < end ? bytes[at] : 0;
  if (byte === EQUALS) {
    return at + 1 < end && bytes[at + 1] === GREATER
      ? { style: "arrow", length: 2 }
      : { style: "equals", length: 1 };
  }
  if (byte === COLON) return { style: "colon", length: 1 };
  if (escapeAt(bytes, at, end, "3d")) return { style: "equals", length: 3 };
  if (escapeAt(bytes, at, end, "3a")) return { style: "colon", length: 3 };
  return { style: "space", length: 0 };
}

/** What follows is a printed term, as behind `=>`. */
const TUPLE_COMMA = { style: "arrow", length: 1 } as const;

interface ValueKind {
  readonly style: Style;
  readonly quotedKey: boolean;
  readonly header: boolean;
  /** Secret whatever the value is. Else only in quotes or a form: `session: started` is prose. */
  readonly loose: boolean;
}

function redactValue(bytes: Uint8Array, text: Range, start: number, kind: ValueKind): Found {
  const line = kind.style === "colon" && !kind.quotedKey;
  if (line && kind.header) return maskUntil(bytes, start, text.end, isLineEnd);
  const open = openingQuote(bytes, start, text.end);
  if (open) return redactQuoted(bytes, text, open);
  const first = bytes[start]!;
  // A map, list or struct as text: its insides.
  if (first === 123 || first === 91 || first === 37 || first === 35) {
    if (kind.style !== "equals" && bracketAt(bytes, start, text.end) >= 0)
      return kind.loose ? maskStructure(bytes, start, text.end) : done(start);
    if (kind.style === "equals" && first !== 37) return maskUntil(bytes, start, text.end, endsFormValue);
  }
  if (kind.style === "equals" || kind.style === "space")
    return maskUntil(bytes, start, text.end, endsFormValue);
  if (kind.style === "arrow" || kind.quotedKey) {
    if (isConstant(bytes, start, text.end)) return done(start);
    return maskUntil(bytes, start, text.end, endsItem);
  }
  return kind.loose ? maskUntil(bytes, start, text.end, isLineEnd) : done(start);
}

const isLineEnd = (byte: number): boolean => byte === CR || byte === LF;
/** `&`, white space, `"`, `\`, `<`. Not `;`, `,` or `'`, which browsers leave as they are in a value. */
const endsFormValue = (byte: number): boolean =>
  byte <= 32 || byte === 38 || byte === QUOTE || byte === BACKSLASH || byte === LESS;
/** White space, `,`, `}`, `]`, `)`. */
const endsItem = (byte: number): boolean =>
  byte <= 32 || byte === 44 || byte === 125 || byte === 93 || byte === 41;

function maskUntil(bytes: Uint8Array, start: number, end: number, ends: (byte: number) => boolean): Found {
  let at = start;
  while (at < end && !ends(bytes[at]!)) bytes[at++] = MASK;
  return done(at);
}

/** `nil`, `null`, `true`, `false`, `undefined`: say nothing, and make the text readable. */
function isConstant(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && at - start < 12 && !endsItem(bytes[at]!)) at++;
  return CONSTANTS.has(String.fromCharCode(...bytes.subarray(start, at)));
}
const CONSTANTS = new Set(["nil", "null", "true", "false", "undefined"]);

interface Opening {
  /** Of the value's first byte. */
  readonly start: number;
  readonly quote: number;
  /** Backslashes before the quote: 1 in JSON that is a text in JSON. */
  readonly level: number;
}

/** A quote, maybe behind `<<`, `~c`, `~s` or `b`, and escaped. */
function openingQuote(bytes: Uint8Array, start: number, end: number): Opening | undefined {
  let at = start;
  if (at + 1 < end && bytes[at] === LESS && bytes[at + 1] === LESS) at += 2;
  else if (at + 1 < end && bytes[at] === 126 && isAlphanumeric(bytes[at + 1]!)) at += 2;
  const slashes = at;
  while (at < end && bytes[at] === BACKSLASH) at++;
  if (at >= end || !isQuote(bytes[at]!)) return undefined;
  return { start: at + 1, quote: bytes[at]!, level: at - slashes };
}

function redactQuoted(bytes: Uint8Array, text: Range, open: Opening): Found {
  if (open.start >= text.end) return VALUE_NEXT;
  let start = open.start;
  for (;;) {
    const close = closingQuote(bytes, text.end, { ...open, start });
    bytes.fill(MASK, start, close);
    // Erlang prints a long text as several, one a line: "…" and "…".
    let next = close + open.level + 1;
    while (next < text.end && (isSpace(bytes[next]!) || isLineEnd(bytes[next]!))) next++;
    if (next >= text.end || bytes[next] !== open.quote || next === close + open.level + 1) return done(close);
    start = next + 1;
  }
}

/** Where the value in quotes ends (before the backslashes of the closing quote); the text's end if it is not closed. */
function closingQuote(bytes: Uint8Array, end: number, { start, quote, level }: Opening): number {
  let run = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH) run++;
    else {
      // At level 1, \" closes, \\\" is an escaped quote of the inner text, \\\\\" closes behind a backslash.
      if (bytes[at] === quote && run % (2 * (level + 1)) === level) return at - level;
      run = 0;
    }
  }
  return end;
}

/** Where the bracket opens in `{`, `[`, `%{`, `%Mod.Name{`, `#{`; -1: nowhere. */
function bracketAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === 37 || bytes[at] === 35) at++;
  while (at < end && at - start < 256 && (isAlphanumeric(bytes[at]!) || bytes[at] === 46 || bytes[at] === 95))
    at++;
  return at < end && (bytes[at] === 123 || bytes[at] === 91) ? at : -1;
}

/** Letters and digits between a bracket and the one that closes it; what it is made of stays. */
function maskStructure(bytes: Uint8Array, start: number, end: number): Found {
  let depth = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (isQuote(byte)) {
      let slashes = at;
      while (slashes > start && bytes[slashes - 1] === BACKSLASH) slashes--;
      const open = { start: at + 1, quote: byte, level: at - slashes };
      const close = closingQuote(bytes, end, open);
      bytes.fill(MASK, open.start, close);
      at = Math.min(end, close + open.level + 1);
      continue;
    }
    if (byte === 123 || byte === 91) depth++;
    else if (byte === 125 || byte === 93) {
      depth--;
      if (depth === 0) return done(at + 1);
    } else if (byte > 32 && byte !== 44 && byte !== COLON && byte !== BACKSLASH) bytes[at] = MASK;
    at++;
  }
  return done(end);
}

/** `<password>…<`. */
function redactElement(bytes: Uint8Array, text: Range, key: Range): Found {
  let opens = key.start;
  while (opens > text.start && bytes[opens - 1] === COLON) opens--;
  if (opens === text.start || bytes[opens - 1] !== LESS) return done(key.end);
  if (key.end + 1 >= text.end) return VALUE_NEXT;
  return maskUntil(bytes, key.end + 1, text.end, (byte) => byte === LESS);
}

/** Bytes of headers that are looked through for a part's body; a text full of their beginnings must not take long. */
const MAX_PART_HEADERS = 1_024;

/** `name="password"`, the part's other headers, an empty line, the value up to the next boundary. */
function redactFormPart(bytes: Uint8Array, text: Range, at: number): Found {
  const isBreak = (i: number): boolean => bytes[i] === CR && bytes[i + 1] === LF;
  let body = at;
  const last = Math.min(text.end - 4, at + MAX_PART_HEADERS);
  while (body <= last && !(isBreak(body) && isBreak(body + 2))) body++;
  if (body > last) return done(at);
  if (body + 4 === text.end) return VALUE_NEXT;
  let end = body + 4;
  while (end < text.end && !(isBreak(end) && bytes[end + 2] === 45 && bytes[end + 3] === 45)) end++;
  bytes.fill(MASK, body + 4, end);
  return done(end);
}

/**
 * The piece of text behind a piece that was a key: does it start with a separator? Then the value behind it is
 * overwritten, or comes next.
 */
export function redactAfterKey(bytes: Uint8Array, text: Range): Found {
  let at = text.start;
  while (at < text.end && (isQuote(bytes[at]!) || bytes[at] === BACKSLASH)) at++;
  at = spacesEnd(bytes, at, text.end);
  const { length } = separatorAt(bytes, at, text.end);
  // Only a closing quote: the separator may come next.
  if (length === 0) return at >= text.end && at > text.start ? KEY_AT_END : done(text.start);
  at = spacesEnd(bytes, at + length, text.end);
  while (at < text.end && (isQuote(bytes[at]!) || bytes[at] === LESS)) at++;
  if (at >= text.end) return VALUE_NEXT;
  bytes.fill(MASK, at, text.end);
  return done(text.end);
}

function spacesEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  return at;
}
