import { PatternProblem } from "./problem.ts";
import { readEscape, readQuoted } from "./quoted.ts";

export type Token = {
  readonly at: number;
  readonly end: number;
} & (
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  /** `:ok`, `:"odd one"`, `:+` */
  | { readonly kind: "atom"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "charlist"; readonly text: string }
  /** A variable, a function, or a word such as `when` and `and`. */
  | { readonly kind: "name"; readonly text: string }
  /** One part of `MyApp.Cart`. */
  | { readonly kind: "alias"; readonly text: string }
  /** `qty:` and `"odd one":` */
  | { readonly kind: "key"; readonly text: string }
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "end"; readonly text: "" }
);

/** Longest first. Those that a pattern cannot use are read too, so that what is said about them is to the point. */
const SIGNS = [
  "<<<",
  ">>>",
  "^^^",
  "===",
  "!==",
  "&&&",
  "|||",
  "...",
  "==",
  "!=",
  "=~",
  "<=",
  ">=",
  "&&",
  "||",
  "|>",
  "<>",
  "<-",
  "->",
  "=>",
  "++",
  "--",
  "**",
  "..",
  "//",
  "::",
  "<<",
  ">>",
  "%{",
  ..."+ - * / < > = ! & | ^ @ % . , ( ) { } [ ] ; ~".split(" "),
];
const OPERATOR_ATOM = /^(?:===|!==|\|\|\||&&&|==|!=|=~|<=|>=|&&|\|\||\|>|<>|\+\+|--|\*\*|\.\.|[-+*/<>!])/;
const NAME = /[\p{Ll}\p{Lo}\p{Lt}\p{Lm}_][\p{L}\p{N}\p{M}_@]*(?:[?!](?!=))?/uy;
const ALIAS = /\p{Lu}[\p{L}\p{N}\p{M}_@]*/uy;
const ATOM_NAME = /[\p{L}_][\p{L}\p{N}\p{M}_@]*[?!]?/uy;
const NUMBER =
  /0x[\da-f]+(?:_[\da-f]+)*|0o[0-7]+(?:_[0-7]+)*|0b[01]+(?:_[01]+)*|\d+(?:_\d+)*(?:\.\d+(?:_\d+)*(?:e[-+]?\d+)?)?/iy;
const WORD = /[\p{L}\p{N}_]/u;

/** @throws PatternProblem */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (true) {
    while (/\s/.test(text.charAt(at))) at++;
    if (at >= text.length) return [...tokens, { kind: "end", text: "", at: text.length, end: text.length }];
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
}

const matched = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

function tokenAt(text: string, at: number): Token {
  const char = text.charAt(at);
  if (/\d/.test(char)) return numberAt(text, at);
  if (char === '"') return keyOr(text, { kind: "string", at, ...readQuoted(text, at) });
  if (char === "'") return keyOr(text, { kind: "charlist", at, ...readQuoted(text, at) });
  if (char === "~") return sigilAt(text, at);
  if (char === "?") return characterAt(text, at);
  if (char === ":" && text.charAt(at + 1) !== ":") return atomAt(text, at);
  const name = matched(NAME, text, at);
  if (name) return keyOr(text, { kind: "name", text: name, at, end: at + name.length });
  const alias = matched(ALIAS, text, at);
  if (alias) return keyOr(text, { kind: "alias", text: alias, at, end: at + alias.length });
  const sign = SIGNS.find((one) => text.startsWith(one, at));
  if (sign) return { kind: "sign", text: sign, at, end: at + sign.length };
  const found = String.fromCodePoint(text.codePointAt(at) ?? 0);
  throw new PatternProblem(at, `The character ${JSON.stringify(found)} has no meaning in a call pattern.`);
}

/** `qty:` is one token: a key. */
function keyOr(text: string, token: Token & { readonly text: string }): Token {
  const isKey = text.charAt(token.end) === ":" && text.charAt(token.end + 1) !== ":";
  return isKey ? { kind: "key", text: token.text, at: token.at, end: token.end + 1 } : token;
}

function numberAt(text: string, at: number): Token {
  const written = matched(NUMBER, text, at) ?? "";
  const end = at + written.length;
  if (WORD.test(text.charAt(end)) || written === "") {
    throw new PatternProblem(
      end,
      `A number ends here and something else begins: put a space or an operator between.`,
    );
  }
  const digits = written.replaceAll("_", "");
  if (!digits.includes(".")) return { kind: "integer", value: BigInt(digits.toLowerCase()), at, end };
  const value = Number(digits);
  if (Number.isFinite(value)) return { kind: "float", value, at, end };
  throw new PatternProblem(at, "This float is greater than any that the BEAM has.");
}

/** `?a`, `?\n` */
function characterAt(text: string, at: number): Token {
  const code = text.codePointAt(at + 1);
  if (code === undefined) throw new PatternProblem(at, "A character belongs behind the question mark: ?a.");
  if (code !== 0x5c) {
    return { kind: "integer", value: BigInt(code), at, end: at + 1 + String.fromCodePoint(code).length };
  }
  const { char, end } = readEscape(text, at + 1);
  return { kind: "integer", value: BigInt(char.codePointAt(0) ?? 0), at, end };
}

function sigilAt(text: string, at: number): Token {
  const kind = text.charAt(at + 1);
  const quote = text.charAt(at + 2);
  if ((kind !== "c" && kind !== "s") || (quote !== '"' && quote !== "'")) {
    throw new PatternProblem(at, 'Of sigils, a call pattern knows ~c"charlist" and ~s"string" only.');
  }
  const { text: inside, end } = readQuoted(text, at + 2);
  return { kind: kind === "c" ? "charlist" : "string", text: inside, at, end };
}

function atomAt(text: string, at: number): Token {
  const quote = text.charAt(at + 1);
  if (quote === '"' || quote === "'")
    return { kind: "atom", at, ...checkedAtom(at, readQuoted(text, at + 1)) };
  const name = matched(ATOM_NAME, text, at + 1) ?? OPERATOR_ATOM.exec(text.slice(at + 1))?.[0];
  if (name === undefined) {
    throw new PatternProblem(at, 'An atom\'s name belongs behind the colon: :ok, or :"any characters".');
  }
  return { kind: "atom", at, ...checkedAtom(at, { text: name, end: at + 1 + name.length }) };
}

function checkedAtom<T extends { readonly text: string }>(at: number, atom: T): T {
  if (Array.from(atom.text).length > 255) throw new PatternProblem(at, "An atom has at most 255 characters.");
  return atom;
}
