/** Strings and charlists as Elixir prints them (`String.printable?/2`, `Code.Identifier.escape/4`). */

/** A character in UTF-8 bytes, or -1 where there is none (`width` is 1 then). */
interface Character {
  code: number;
  width: number;
}

/** Reads the character at `at` into `out`, as strictly as Elixir's `::utf8`: no surrogates, no overlong forms. */
function readCharacter(bytes: Uint8Array, at: number, out: Character): void {
  const first = bytes[at]!;
  out.width = 1;
  out.code = first;
  if (first < 0x80) return;
  const width =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  out.code = -1;
  if (width === 0 || at + width > bytes.length) return;
  let code = first & (0xff >> (width + 1));
  for (let i = 1; i < width; i++) {
    const byte = bytes[at + i]!;
    if ((byte & 0xc0) !== 0x80) return;
    code = (code << 6) | (byte & 0x3f);
  }
  const overlong = (width === 3 && code < 0x800) || (width === 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return;
  out.code = code;
  out.width = width;
}

const isVisible = (code: number): boolean =>
  (code >= 0x20 && code <= 0x7e) ||
  (code >= 0xa0 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

/** \a \b \t \n \v \f \r, escape and delete. */
const isControlWithName = (code: number): boolean => (code >= 7 && code <= 13) || code === 27 || code === 127;

/** Are the first `limit` characters of `bytes` printable? */
export function isPrintable(bytes: Uint8Array, limit: number): boolean {
  const character: Character = { code: 0, width: 1 };
  let count = 0;
  for (let at = 0; at < bytes.length && count < limit; at += character.width, count++) {
    readCharacter(bytes, at, character);
    if (!isVisible(character.code) && !isControlWithName(character.code)) return false;
  }
  return true;
}

/** Is a list a charlist, as far as `limit` items tell? Delete (127) does not count here, unlike in strings. */
export function isCharlist(items: readonly unknown[], limit: number): items is readonly number[] {
  const count = Math.min(items.length, limit);
  for (let i = 0; i < count; i++) {
    const code = items[i];
    if (
      typeof code !== "number" ||
      !((code >= 7 && code <= 13) || code === 27 || (code >= 32 && code <= 126))
    )
      return false;
  }
  return true;
}

const NAMED: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  27: "\\e",
  92: "\\\\",
  127: "\\d",
};

/** A regex keeps its own backslashes, and has no names for delete, escape and backspace. */
const NAMED_IN_REGEX: Readonly<Record<number, string>> = {
  7: "\\a",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

/** Characters that cannot be seen or that change how others look: escaped from Elixir 1.18 on. */
const INVISIBLE =
  /\u034f|[\u00a0\u061c\u2000-\u200f\u2028-\u202e\u205f-\u2064\u2066-\u2069\ufeff\ufff9-\ufffc]/u;

const hex = (code: number, digits: number): string => code.toString(16).toUpperCase().padStart(digits, "0");

function escapeCode(code: number, invisible: boolean): string {
  if (code === 0) return "\\0";
  if (code === 0xfeff) return "\\uFEFF";
  if (isVisible(code)) {
    const text = String.fromCodePoint(code);
    return invisible && INVISIBLE.test(text) ? `\\u${hex(code, 4)}` : text;
  }
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return `\\x{${hex(code, code < 0x10000 ? 4 : 6)}}`;
}

export interface EscapeOptions {
  /** Code of the quote that has to be escaped. */
  readonly quote: number;
  /** Characters taken before the rest is left out. */
  readonly limit: number;
  readonly escapeInvisible: boolean;
  readonly regex?: boolean;
}

/** Text that must not grow without end; see `Output`. */
export interface Sink {
  push(text: string): void;
}

/** Writes `bytes` escaped into `out`; true where `limit` left a rest out. */
export function escapeInto(out: Sink, bytes: Uint8Array, options: EscapeOptions): boolean {
  const { quote, limit, escapeInvisible } = options;
  const named = options.regex ? NAMED_IN_REGEX : NAMED;
  const character: Character = { code: 0, width: 1 };
  let count = 0;
  let plain = "";
  let at = 0;
  for (; at < bytes.length && count < limit; at += character.width, count++) {
    readCharacter(bytes, at, character);
    const { code } = character;
    if (code === quote) plain += `\\${String.fromCharCode(code)}`;
    else if (code === 35 && bytes[at + 1] === 123) {
      plain += "\\#{";
      character.width = 2;
    } else if (code < 0) plain += `\\x${hex(bytes[at]!, 2)}`;
    else plain += named[code] ?? escapeCode(code, escapeInvisible);
    if (plain.length > 1024) {
      out.push(plain);
      plain = "";
    }
  }
  out.push(plain);
  return at < bytes.length;
}
