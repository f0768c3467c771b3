import { Atom, atom, type Term, tuple } from "@elixirscope/etf";
import { parseMfaPattern } from "../model/index.ts";

/** `[{'_', [], [{exception_trace}]}]`: arguments, and return value or exception, of every call. */
const ANY_CALL_WITH_RESULT: Term = [tuple(atom("_"), [], [tuple(atom("exception_trace"))])];

/**
 * Call patterns as the agent takes them: `[{M, F, A, MatchSpec}]`.
 * @throws ElixirScopeError `BAD_MFA_PATTERN`
 */
export function compilePatterns(texts: readonly string[]): readonly Term[] {
  return texts.map((text) => {
    const pattern = parseMfaPattern(text);
    const any = new Atom("_");
    return tuple(
      atom(pattern.module),
      pattern.function === undefined ? any : atom(pattern.function),
      pattern.arity ?? any,
      ANY_CALL_WITH_RESULT,
    );
  });
}
