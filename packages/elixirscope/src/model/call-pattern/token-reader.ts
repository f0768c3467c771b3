import { PatternProblem } from "./problem.ts";
import { type Token, tokensOf } from "./tokens.ts";

type Kind = Token["kind"];

/** Steps through the tokens of a text; there is always a next one, the last is `end`. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws PatternProblem */
  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  get next(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]!;
  }

  /** The one behind {@link next}. */
  get after(): Token {
    return this.#tokens[Math.min(this.#next + 1, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.next;
    this.#next++;
    return token;
  }

  is(kind: Kind, text?: string): boolean {
    const { next } = this;
    return next.kind === kind && (text === undefined || ("text" in next && next.text === text));
  }

  sign(text: string): boolean {
    return this.is("sign", text);
  }

  /** Takes the sign if it is the next token. */
  takeSign(text: string): boolean {
    if (!this.sign(text)) return false;
    this.#next++;
    return true;
  }

  /** @throws PatternProblem with what is there instead */
  expectSign(text: string, wanted: string): void {
    if (!this.takeSign(text)) throw this.unexpected(wanted);
  }

  unexpected(wanted: string): PatternProblem {
    return new PatternProblem(this.next.at, `${wanted}, and here ${described(this.next)}.`);
  }
}

function described(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the pattern ends";
    case "integer":
    case "float":
      return `stands ${token.value}`;
    case "string":
    case "charlist":
      return "stands a quoted text";
    case "key":
      return `stands ${token.text}: (a key of a keyword list)`;
    case "atom":
      return `stands the atom :${token.text}`;
    default:
      return `stands ${token.text}`;
  }
}
