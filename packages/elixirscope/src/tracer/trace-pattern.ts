import { Atom, atom, binary, type Term, Tuple, tuple } from "@elixirscope/etf";
import {
  type CallPattern,
  explained,
  type MfaPattern,
  namesModule,
  PatternProblem,
  parseCallPattern,
  parseMfaPattern,
} from "../model/index.ts";
import { matchGuard } from "./match-guard.ts";
import { matchHead } from "./match-head.ts";
import { MatchVariables } from "./match-variables.ts";

const ANY: Term = new Atom("_");

/** Arguments, and return value or exception, of each call. */
const WITH_RESULT: Term = [tuple(atom("exception_trace"))];

/** A call pattern, understood: which functions, and the clauses of its match spec. */
export interface TracePattern {
  readonly mfa: MfaPattern;
  /** `{Head, Guards, Body}`; one that matches is enough. */
  readonly clauses: readonly Term[];
  /** Every call of these functions is meant. */
  readonly all: boolean;
}

/**
 * Compiles a call pattern, conditions included, to a match spec that OTP 25 and later understand.
 * @throws ElixirScopeError `BAD_MFA_PATTERN` with `details: {pattern, column}`
 */
export function compilePattern(text: string): TracePattern {
  const pattern = parseCallPattern(text);
  const { mfa, args } = pattern;
  if (args === undefined) return { mfa, clauses: [tuple(ANY, [], WITH_RESULT)], all: true };
  return { mfa, clauses: explained(text, () => clausesOf(args, pattern)), all: false };
}

function clausesOf(args: NonNullable<CallPattern["args"]>, { guards }: CallPattern): readonly Term[] {
  const variables = new MatchVariables(args, guards);
  const { head, conditions } = matchHead(args, variables);
  // Several `when` are several clauses: as in Elixir, an error in one of them does not harm the next.
  return (guards.length === 0 ? [undefined] : guards).map((guard) =>
    tuple(head, [...conditions, ...(guard ? [matchGuard(guard, variables)] : [])], WITH_RESULT),
  );
}

/** The module that is meant where whole modules can be named: `MyApp.Cart`, `MyApp.*`. @throws ElixirScopeError `BAD_MFA_PATTERN` */
export function moduleOf(text: string): MfaPattern {
  const mfa = parseMfaPattern(text);
  if (mfa.function === undefined) return mfa;
  return explained(text, () => {
    throw new PatternProblem(
      text.lastIndexOf("."),
      "Lines are recorded of whole modules: MyApp.Cart, MyApp.*.",
    );
  });
}

/** Modules below which something is meant, such as `Elixir.MyAppWeb`: which ones there are, only the node knows. */
export const prefixesOf = (patterns: readonly TracePattern[]): readonly string[] => [
  ...new Set(patterns.filter(({ mfa }) => mfa.submodules).map(({ mfa }) => mfa.module)),
];

/**
 * Call patterns as the agent takes them: `[{M, F, A, MatchSpec}]`, each function in one of them only, since on the node a
 * later one replaces an earlier one. `modules` are those that the {@link prefixesOf} the patterns mean.
 */
export function agentPatterns(
  patterns: readonly TracePattern[],
  modules: readonly string[],
): readonly Term[] {
  const concrete = patterns.flatMap((pattern) =>
    pattern.mfa.submodules ? spread(pattern, modules) : [pattern],
  );
  const whole = concrete.filter(({ all }) => all);
  const wanted = concrete.filter(
    (pattern) =>
      !whole.some(
        (other) => other !== pattern && covers(other.mfa, pattern.mfa) && isFirst(other, pattern, whole),
      ),
  );
  const merged = new Map<string, { readonly mfa: MfaPattern; readonly clauses: Term[] }>();
  for (const { mfa, clauses } of wanted) {
    const key = JSON.stringify([mfa.module, mfa.function, mfa.arity]);
    const entry = merged.get(key) ?? { mfa, clauses: [] };
    entry.clauses.push(...clauses);
    merged.set(key, entry);
  }
  return [...merged.values()].map(({ mfa, clauses }) =>
    tuple(atom(mfa.module), mfa.function === undefined ? ANY : atom(mfa.function), mfa.arity ?? ANY, clauses),
  );
}

/** What of {@link TracePattern}s concerns modules that come later: `[{Prefix, MatchSpec}]`. */
export const patternsBelow = (patterns: readonly TracePattern[]): readonly Term[] =>
  patterns.filter(({ mfa }) => mfa.submodules).map(({ mfa, clauses }) => tuple(binary(mfa.module), clauses));

/** The modules of {@link agentPatterns}, or of a list of modules. */
export const modulesOf = (patterns: readonly Term[]): readonly string[] => [
  ...new Set(
    patterns.flatMap((pattern) => {
      const module = pattern instanceof Tuple ? pattern.elements[0] : pattern;
      return module instanceof Atom ? [module.name] : [];
    }),
  ),
];

const spread = (pattern: TracePattern, modules: readonly string[]): readonly TracePattern[] =>
  modules
    .filter((module) => namesModule(pattern.mfa, module))
    .map((module) => ({ ...pattern, mfa: { module } }));

const covers = (wide: MfaPattern, narrow: MfaPattern): boolean =>
  wide.module === narrow.module &&
  (wide.function === undefined || wide.function === narrow.function) &&
  (wide.arity === undefined || wide.arity === narrow.arity);

/** Of patterns that cover each other the first stays. */
const isFirst = (other: TracePattern, pattern: TracePattern, whole: readonly TracePattern[]): boolean =>
  !pattern.all || !covers(pattern.mfa, other.mfa) || whole.indexOf(other) < whole.indexOf(pattern);
