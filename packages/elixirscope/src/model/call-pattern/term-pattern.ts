import { ExpressionParser } from "./expression.ts";
import { explained, PatternProblem } from "./problem.ts";
import type { Syntax } from "./syntax.ts";
import { TokenReader } from "./token-reader.ts";

/** What a term looks like: `%{user_id: 42}`, `{:count, n} when n > 5`. */
export interface TermPattern {
  /** As it was written; offsets in `head` and `guards` are into it. */
  readonly text: string;
  readonly head: Syntax;
  /** What stands behind each `when`; one of them has to hold. None: no condition. */
  readonly guards: readonly Syntax[];
}

/**
 * Reads a pattern on a term in Elixir's syntax, with conditions behind `when`.
 * @throws ElixirScopeError `BAD_TERM_PATTERN` with `details: {pattern, column}`
 */
export function parseTermPattern(text: string): TermPattern {
  return explained(text, () => read(text), "BAD_TERM_PATTERN");
}

/**
 * Reads an expression in Elixir's syntax, as conditions have them: `state.count == 5`.
 * @throws ElixirScopeError `BAD_TERM_PATTERN` with `details: {pattern, column}`
 */
export function parseCondition(text: string): Syntax {
  return explained(
    text,
    () => {
      const tokens = new TokenReader(text);
      if (tokens.is("end"))
        throw new PatternProblem(0, "A condition is missing: write one such as state.count == 5.");
      const syntax = new ExpressionParser(tokens).expression();
      if (!tokens.is("end")) throw tokens.unexpected("The condition should end, or go on with and, or");
      return syntax;
    },
    "BAD_TERM_PATTERN",
  );
}

function read(text: string): TermPattern {
  const tokens = new TokenReader(text);
  if (tokens.is("end")) {
    throw new PatternProblem(
      0,
      "A pattern is missing: write what the term looks like, such as %{user_id: 42}.",
    );
  }
  const head = new ExpressionParser(tokens).expression();
  const guards: Syntax[] = [];
  while (tokens.is("name", "when")) {
    tokens.take();
    guards.push(new ExpressionParser(tokens).expression());
  }
  if (!tokens.is("end")) throw tokens.unexpected("The pattern should end, or go on with when");
  return { text, head, guards };
}
