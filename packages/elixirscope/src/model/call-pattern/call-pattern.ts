import { ExpressionParser } from "./expression.ts";
import { explained, PatternProblem } from "./problem.ts";
import type { Syntax } from "./syntax.ts";
import { moduleAtom } from "./syntax-makers.ts";
import { TokenReader } from "./token-reader.ts";

/** Which functions are meant. `function` and `arity` are absent for "any". */
export interface MfaPattern {
  /** The module as the node's atom: `Elixir.MyApp.Cart`, `lists`. */
  readonly module: string;
  /** `MyApp.*`: and all modules below it, `Elixir.MyApp.Cart` and so on. */
  readonly submodules?: true;
  readonly function?: string;
  readonly arity?: number;
}

/** Which calls are meant: of which functions, and with which arguments. */
export interface CallPattern {
  /** As it was written; offsets in `args` and `guards` are into it. */
  readonly text: string;
  readonly mfa: MfaPattern;
  /** Absent: any. */
  readonly args?: readonly Syntax[];
  /** What stands behind each `when`; one of them has to hold. None: no condition. */
  readonly guards: readonly Syntax[];
}

const EXAMPLES =
  "Write Module.function/arity, such as MyApp.Cart.add/2, MyApp.Cart.add(_, %{qty: q}) when q > 10, MyApp.* or :lists.map/2";

/**
 * Reads `MyApp.Cart.add/2`, `MyApp.Cart.add`, `MyApp.Cart`, `MyApp.Cart.*` (with all modules below), `:lists.map/2`,
 * `lists.map/2`, and conditions on the arguments: `MyApp.Cart.add(_, %{qty: q}) when q > 10`.
 * @throws ElixirScopeError `BAD_MFA_PATTERN` with `details: {pattern, column}`
 */
export function parseCallPattern(text: string): CallPattern {
  return explained(text, () => new CallPatternParser(text).pattern());
}

/**
 * As {@link parseCallPattern}, where only functions can be named and no arguments.
 * @throws ElixirScopeError `BAD_MFA_PATTERN` with `details: {pattern, column}`
 */
export function parseMfaPattern(text: string): MfaPattern {
  return explained(text, () => {
    const { mfa, args } = new CallPatternParser(text).pattern();
    if (args === undefined) return mfa;
    throw new PatternProblem(
      text.indexOf("("),
      "Here functions are named and no arguments: write MyApp.Cart.add/2 in place of MyApp.Cart.add(_, _).",
    );
  });
}

/** Is `module` (the node's atom) one that the pattern names? */
export const namesModule = (pattern: MfaPattern, module: string): boolean =>
  module === pattern.module || (pattern.submodules === true && module.startsWith(`${pattern.module}.`));

type Functions = Pick<MfaPattern, "submodules" | "function">;

class CallPatternParser {
  readonly #text: string;
  readonly #tokens: TokenReader;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = new TokenReader(text);
  }

  pattern(): CallPattern {
    const module = this.#module();
    const functions = this.#functions(module);
    const arity = this.#arity(functions);
    const args = arity === undefined ? this.#args(functions) : undefined;
    const guards = this.#guards(args);
    if (!this.#tokens.is("end")) throw this.#unexpected();
    const length = arity ?? args?.length;
    return {
      text: this.#text,
      mfa: { module, ...functions, ...(length === undefined ? {} : { arity: length }) },
      ...(args === undefined ? {} : { args }),
      guards,
    };
  }

  #module(): string {
    const token = this.#tokens.take();
    if (token.kind === "atom") return token.text;
    if (token.kind === "name" && /^[a-z_]/.test(token.text) && !/[?!]$/.test(token.text)) return token.text;
    if (token.kind !== "alias")
      throw new PatternProblem(token.at, `A module's name belongs here. ${EXAMPLES}.`);
    const parts = [token.text];
    // What is behind the dot decides whether it goes on with the module or with the function.
    while (this.#tokens.sign(".") && this.#tokens.after.kind === "alias") {
      this.#tokens.take();
      const part = this.#tokens.take();
      if (part.kind === "alias") parts.push(part.text);
    }
    return moduleAtom(parts);
  }

  #functions(module: string): Functions {
    if (!this.#tokens.takeSign(".")) return {};
    const token = this.#tokens.take();
    if (token.kind === "sign" && token.text === "*") {
      return module === "Elixir" || module.startsWith("Elixir.") ? { submodules: true } : {};
    }
    if ((token.kind === "name" || token.kind === "string") && token.text !== "") {
      return { function: token.text };
    }
    const isOperator = token.kind === "sign" && /^[-+/<>=!&|^~.]+$/.test(token.text);
    if (isOperator) return { function: token.text };
    throw new PatternProblem(token.at, `A function's name, or *, belongs here. ${EXAMPLES}.`);
  }

  #arity(functions: Functions): number | undefined {
    const slash = this.#tokens.next;
    if (!this.#tokens.takeSign("/")) return undefined;
    if (functions.function === undefined) {
      throw new PatternProblem(slash.at, `An arity belongs to a function. ${EXAMPLES}.`);
    }
    const token = this.#tokens.take();
    if (token.kind === "integer" && token.value <= 255n) return Number(token.value);
    throw new PatternProblem(token.at, `An arity, 0 to 255, belongs here. ${EXAMPLES}.`);
  }

  #args(functions: Functions): readonly Syntax[] | undefined {
    const paren = this.#tokens.next;
    if (!this.#tokens.takeSign("(")) return undefined;
    if (functions.function === undefined) {
      throw new PatternProblem(paren.at, `Arguments belong to a function. ${EXAMPLES}.`);
    }
    const args = new ExpressionParser(this.#tokens).arguments();
    if (args.length > 255) throw new PatternProblem(paren.at, "A function has at most 255 arguments.");
    return args;
  }

  #guards(args: readonly Syntax[] | undefined): readonly Syntax[] {
    const guards: Syntax[] = [];
    while (this.#tokens.is("name", "when")) {
      const { at } = this.#tokens.take();
      if (args === undefined) {
        throw new PatternProblem(
          at,
          "A condition needs arguments to speak of: MyApp.Cart.add(_, %{qty: q}) when q > 10.",
        );
      }
      guards.push(new ExpressionParser(this.#tokens).expression());
    }
    return guards;
  }

  #unexpected(): PatternProblem {
    const { next } = this.#tokens;
    const wanted =
      next.kind === "sign"
        ? "The pattern should end"
        : "The pattern should end, or go on with an operator such as and,";
    const { at, message } = this.#tokens.unexpected(wanted);
    return new PatternProblem(
      at,
      `${message} A function's arguments stand in parentheses: is_list(a). ${EXAMPLES}.`,
    );
  }
}
