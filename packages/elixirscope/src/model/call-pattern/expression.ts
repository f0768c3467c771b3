import { INFIX, PREFIX, PREFIX_POWER } from "./operators.ts";
import { PatternProblem } from "./problem.ts";
import type { AtomSyntax, CallSyntax, ListSyntax, MapSyntax, Syntax } from "./syntax.ts";
import { call, charlist, moduleAtom, negated } from "./syntax-makers.ts";
import type { TokenReader } from "./token-reader.ts";

/** Deeper than anybody writes; the parser calls itself for each level. */
const MAX_DEPTH = 64;
/** Operators and fields in one expression: `a + b + c` grows a level for each, too, and terms have a limit of 512. */
const MAX_OPERATORS = 128;

/** Words that are never variables. */
const RESERVED: ReadonlySet<string> = new Set([
  "when",
  "and",
  "or",
  "not",
  "in",
  "do",
  "end",
  "fn",
  "after",
  "else",
  "catch",
  "rescue",
]);

/** Reads expressions: precedence climbing over the operators of {@link INFIX}. */
export class ExpressionParser {
  readonly #tokens: TokenReader;
  #depth = 0;
  #operators = 0;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  /** @throws PatternProblem */
  expression(power = 0): Syntax {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) {
      throw new PatternProblem(
        this.#tokens.next.at,
        `This is nested more than ${MAX_DEPTH} deep: leave the inner part out.`,
      );
    }
    let left = this.#prefix();
    for (let next = this.#infix(power); next !== undefined; next = this.#infix(power)) {
      left = this.#binary(left, next);
    }
    this.#depth--;
    return left;
  }

  /** `(a, b, key: c)` behind the opening parenthesis that was taken already. */
  arguments(): readonly Syntax[] {
    return this.#items(")", "the arguments");
  }

  /** The next token's operator, if it binds tighter than `power`. `not` stands for `not in`. */
  #infix(power: number): string | undefined {
    const { next } = this.#tokens;
    if (next.kind !== "sign" && next.kind !== "name") return undefined;
    const operator = next.text === "not" ? "in" : next.text;
    const binding = INFIX.get(operator);
    return binding && binding.power > power ? next.text : undefined;
  }

  #count(): void {
    this.#operators++;
    if (this.#operators <= MAX_OPERATORS) return;
    throw new PatternProblem(
      this.#tokens.next.at,
      `More than ${MAX_OPERATORS} operators: make it several patterns, of which one has to match.`,
    );
  }

  #binary(left: Syntax, operator: string): Syntax {
    this.#count();
    const { at } = this.#tokens.take();
    if (operator === "not") {
      if (!this.#tokens.is("name", "in"))
        throw this.#tokens.unexpected("Behind a value, not is followed by in");
      this.#tokens.take();
      return call(at, "not", this.#inside(at, left));
    }
    if (operator === "in") {
      // As Elixir reads it: `not a in b` is `not (a in b)`.
      return left.type === "call" && left.name === "not" && !this.#closed.has(left)
        ? call(left.at, "not", this.#inside(at, left.args[0]!))
        : this.#inside(at, left);
    }
    const { power, right } = INFIX.get(operator)!;
    const operand = this.expression(right ? power - 1 : power);
    if (operator === "//" && left.type === "call" && left.name === "..") {
      return call(left.at, "..//", ...left.args, operand);
    }
    return call(at, operator, left, operand);
  }

  #inside(at: number, left: Syntax): CallSyntax {
    return call(at, "in", left, this.expression(INFIX.get("in")!.power));
  }

  /** Expressions in parentheses, which no operator beside them takes apart. */
  readonly #closed = new WeakSet<Syntax>();

  #prefix(): Syntax {
    const { next } = this.#tokens;
    if ((next.kind === "sign" || next.kind === "name") && PREFIX.has(next.text)) {
      this.#tokens.take();
      const operand = this.expression(PREFIX_POWER);
      return negated(next.at, next.text, operand) ?? call(next.at, next.text, operand);
    }
    return this.#postfix(this.#primary());
  }

  /** `item.qty`, also more than once. */
  #postfix(base: Syntax): Syntax {
    let value = base;
    while (this.#tokens.sign(".")) {
      this.#count();
      this.#tokens.take();
      const field = this.#tokens.take();
      if (field.kind !== "name")
        throw new PatternProblem(field.at, "The name of a field belongs behind the dot: item.qty.");
      if (this.#tokens.sign("(")) {
        throw new PatternProblem(
          field.at,
          `Functions of modules cannot be called in a call pattern. Kernel's guards are written without their module: length(list).`,
        );
      }
      value = { type: "field", at: field.at, of: value, name: field.text };
    }
    return value;
  }

  #primary(): Syntax {
    const token = this.#tokens.take();
    const { at } = token;
    switch (token.kind) {
      case "integer":
      case "float":
        return { type: token.kind, at, value: token.value } as Syntax;
      case "string":
        return { type: "string", at, text: token.text };
      case "charlist":
        return charlist(at, token.text);
      case "atom":
        return { type: "atom", at, name: token.text };
      case "alias":
        return this.alias(at, token.text);
      case "name":
        return this.#named(at, token.text);
      case "sign":
        return this.#bracket(at, token.text);
      case "key":
        throw new PatternProblem(at, `${token.text}: stands where no keys can be: put it last, or in [ ].`);
      default:
        throw new PatternProblem(at, "A value is missing here.");
    }
  }

  /** `MyApp.Cart`, of which the first part was taken. */
  alias(at: number, first: string): AtomSyntax {
    const parts = [first];
    while (this.#tokens.sign(".")) {
      this.#tokens.take();
      const part = this.#tokens.take();
      if (part.kind === "name" && this.#tokens.sign("(")) {
        throw new PatternProblem(
          part.at,
          `Functions of modules cannot be called in a call pattern. Kernel's guards are written without their module: length(list).`,
        );
      }
      if (part.kind !== "alias")
        throw new PatternProblem(part.at, "A module's name goes on with a capital letter.");
      parts.push(part.text);
    }
    return { type: "atom", at, name: moduleAtom(parts) };
  }

  #named(at: number, name: string): Syntax {
    if (name === "nil" || name === "true" || name === "false") return { type: "atom", at, name };
    if (RESERVED.has(name)) throw new PatternProblem(at, `A value is missing before ${name}.`);
    if (this.#tokens.takeSign("(")) return { type: "call", at, name, args: this.arguments() };
    return { type: "variable", at, name };
  }

  #bracket(at: number, sign: string): Syntax {
    switch (sign) {
      case "(": {
        const inner = this.expression();
        this.#tokens.expectSign(")", "A closing parenthesis belongs here");
        this.#closed.add(inner);
        return inner;
      }
      case "{":
        return { type: "tuple", at, items: this.#items("}", "the tuple") };
      case "[":
        return this.#list(at);
      case "%{":
        return { type: "map", at, entries: this.#entries() };
      case "%":
        return this.#struct(at);
      case "<<":
        throw new PatternProblem(
          at,
          "Binaries cannot be taken apart in a call pattern: compare whole strings, or use byte_size/1.",
        );
      default:
        throw new PatternProblem(at, `A value is missing before ${sign}.`);
    }
  }

  #struct(at: number): MapSyntax {
    const name = this.#tokens.take();
    if (name.kind !== "alias" && name.kind !== "name") {
      throw new PatternProblem(
        name.at,
        "A struct's name belongs here: %MyApp.Item{qty: q}, or %{ for any map.",
      );
    }
    const struct = name.kind === "alias" ? this.alias(name.at, name.text) : this.#named(name.at, name.text);
    this.#tokens.expectSign("{", "The fields of the struct belong here, in { }");
    return { type: "map", at, struct, entries: this.#entries() };
  }

  /** `a, b, key: c` up to `close`; keys become one list at the end. */
  #items(close: string, of: string): readonly Syntax[] {
    const items: Syntax[] = [];
    while (!this.#tokens.takeSign(close)) {
      if (this.#tokens.is("key")) return [...items, this.#keywords(close, of)];
      items.push(this.expression());
      this.#separator(close, of);
    }
    return items;
  }

  #separator(close: string, of: string): void {
    if (this.#tokens.sign(close)) return;
    this.#tokens.expectSign(",", `A comma or ${close} belongs here, in ${of}`);
  }

  /** `a: 1, b: 2` and what closes it, as a list of pairs. */
  #keywords(close: string, of: string): ListSyntax {
    const { at } = this.#tokens.next;
    const items: Syntax[] = [];
    while (!this.#tokens.takeSign(close)) {
      const [key, value] = this.#keyAndValue();
      items.push({ type: "tuple", at: key.at, items: [key, value] });
      this.#separator(close, of);
    }
    return { type: "list", at, items };
  }

  #keyAndValue(): readonly [AtomSyntax, Syntax] {
    const key = this.#tokens.take();
    if (key.kind !== "key")
      throw new PatternProblem(key.at, "Behind keys there can be only more keys, as in a: 1, b: 2.");
    return [{ type: "atom", at: key.at, name: key.text }, this.expression()];
  }

  #list(at: number): ListSyntax {
    const items: Syntax[] = [];
    while (!this.#tokens.takeSign("]")) {
      if (this.#tokens.is("key")) {
        return { type: "list", at, items: [...items, ...this.#keywords("]", "the list").items] };
      }
      items.push(this.expression());
      if (this.#tokens.takeSign("|")) {
        const tail = this.expression();
        this.#tokens.expectSign("]", "The list ends behind its tail; ] belongs here");
        return { type: "list", at, items, tail };
      }
      this.#separator("]", "the list");
    }
    return { type: "list", at, items };
  }

  #entries(): readonly (readonly [Syntax, Syntax])[] {
    const entries: (readonly [Syntax, Syntax])[] = [];
    while (!this.#tokens.takeSign("}")) {
      if (this.#tokens.is("key")) {
        entries.push(this.#keyAndValue());
      } else {
        const key = this.expression();
        this.#tokens.expectSign("=>", "A key is followed by => and its value (or written qty: value)");
        entries.push([key, this.expression()]);
      }
      this.#separator("}", "the map");
    }
    return entries;
  }
}
