import { Atom, ErlangMap, type Term, Tuple } from "@elixirscope/etf";
import { explained, namesIn, parseCondition } from "../model/index.ts";
import { isCut } from "./term-diff.ts";
import { compileGuard } from "./term-pattern/guard.ts";
import { GuardError } from "./term-pattern/guard-error.ts";

/** An expression about a state, ready to be asked. */
export interface StateExpression {
  /** Its value; `undefined` where something that it speaks of is not there, or was not recorded. */
  value(state: Term): Term | undefined;
  /** Does it hold? Elixir's `true`, nothing else. */
  holds(state: Term): boolean;
}

/**
 * An expression in Elixir's syntax, as guards have them: `state.count == 5`, `assigns.user != nil`, `count > limit`. `state` is
 * the whole state (of gen_statem its data, `state_name` beside it), `assigns` those of a LiveView, any other name a
 * field of the state.
 * @throws ElixirScopeError `BAD_TERM_PATTERN` with `details: {pattern, column}`
 */
export function compileExpression(text: string): StateExpression {
  const syntax = parseCondition(text);
  const names = [...new Set(namesIn(syntax))];
  const compute = explained(text, () => compileGuard(syntax, names), "BAD_TERM_PATTERN");
  const value = (state: Term): Term | undefined => {
    const bindings = new Map<string, Term>();
    for (const name of names) {
      const bound = bindingOf(name, state);
      if (bound === undefined) return undefined;
      bindings.set(name, bound);
    }
    try {
      const found = compute(bindings);
      return isCut(found) ? undefined : found;
    } catch (error) {
      if (error instanceof GuardError) return undefined;
      throw error;
    }
  };
  return {
    value,
    holds: (state) => {
      const found = value(state);
      return found instanceof Atom && found.name === "true";
    },
  };
}

function bindingOf(name: string, state: Term): Term | undefined {
  if (isCut(state)) return undefined;
  const statem =
    state instanceof Tuple && state.elements.length === 2 && state.elements[0] instanceof Atom
      ? state.elements
      : undefined;
  const data = statem?.[1] ?? state;
  if (name === "state_name") return statem?.[0];
  const field = data instanceof ErlangMap ? data.get(name) : undefined;
  if (field !== undefined) return field;
  if (name === "state") return statem ? data : state;
  const socket = name === "assigns" && data instanceof ErlangMap ? data.get("socket") : undefined;
  return socket instanceof ErlangMap ? socket.get("assigns") : undefined;
}
