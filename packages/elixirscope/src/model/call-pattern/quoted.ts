import { PatternProblem } from "./problem.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  d: "\x7f",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};
const CODE = /x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\}/iy;

/** Reads from the quote at `at` to the one that closes it; `end` is behind that. */
export function readQuoted(text: string, at: number): { readonly text: string; readonly end: number } {
  const quote = text.charAt(at);
  let inside = "";
  let next = at + 1;
  while (next < text.length) {
    const char = text.charAt(next);
    if (char === quote) return { text: checkedText(at, inside), end: next + 1 };
    if (char === "#" && text.charAt(next + 1) === "{") {
      throw new PatternProblem(
        next,
        "A call pattern has no interpolation: write the text itself, or \\#{ for these characters.",
      );
    }
    if (char === "\\") {
      const escaped = readEscape(text, next);
      inside += escaped.char;
      next = escaped.end;
    } else {
      inside += char;
      next++;
    }
  }
  throw new PatternProblem(at, `This quote is not closed: a ${quote} is missing.`);
}

/** Reads the backslash at `at` and what belongs to it. */
export function readEscape(text: string, at: number): { readonly char: string; readonly end: number } {
  const code = text.codePointAt(at + 1);
  if (code === undefined) throw new PatternProblem(at, "Something belongs behind the backslash.");
  CODE.lastIndex = at + 1;
  const [whole, byte, short, long] = CODE.exec(text) ?? [];
  if (whole !== undefined) {
    const value = Number.parseInt(byte ?? short ?? long ?? "", 16);
    if (byte !== undefined && value > 0x7f) {
      throw new PatternProblem(at, "A single byte above 7F is no text: write \\u{…} for a character.");
    }
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
      throw new PatternProblem(at, "Unicode has no such character.");
    }
    return { char: String.fromCodePoint(value), end: at + 1 + whole.length };
  }
  const char = String.fromCodePoint(code);
  if (char === "x" || char === "u") {
    throw new PatternProblem(at, "Write two digits behind \\x, four behind \\u, or \\u{…}.");
  }
  return { char: ESCAPES[char] ?? char, end: at + 1 + char.length };
}

function checkedText(at: number, text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new PatternProblem(at, "This text has half of a character in it.");
  return text;
}
