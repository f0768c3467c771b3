import { ElixirScopeError } from "./error.ts";

/** Which functions are meant. `function` and `arity` are absent for "any". */
export interface MfaPattern {
  /** The module as the node's atom: `Elixir.MyApp.Cart`, `lists`. */
  readonly module: string;
  readonly function?: string;
  readonly arity?: number;
}

const PATTERN =
  /^(?<module>:"[^"]+"|:?[a-z_][\w@]*|[A-Z]\w*(?:\.[A-Z]\w*)*)(?:\.(?<function>\*|"[^"]+"|[a-z_][\w@]*[?!]?)(?:\/(?<arity>\d{1,3}))?)?$/;

/**
 * Reads `MyApp.Cart.add/2`, `MyApp.Cart.add`, `MyApp.Cart.*`, `MyApp.Cart`, `:lists.map/2`, `lists.map/2`.
 * @throws ElixirScopeError `BAD_MFA_PATTERN`
 */
export function parseMfaPattern(text: string): MfaPattern {
  const groups = PATTERN.exec(text.trim())?.groups;
  if (!groups?.module || Number(groups.arity ?? 0) > 255) {
    throw new ElixirScopeError(
      "BAD_MFA_PATTERN",
      `Not a call pattern: ${JSON.stringify(text)}. Write Module.function/arity, such as MyApp.Cart.add/2, MyApp.Cart.* or :lists.map/2.`,
      { pattern: text },
    );
  }
  const name = groups.function;
  return {
    module: moduleAtom(groups.module),
    ...(name === undefined || name === "*" ? {} : { function: unquote(name) }),
    ...(groups.arity === undefined ? {} : { arity: Number(groups.arity) }),
  };
}

const unquote = (text: string): string => text.replace(/^"|"$/g, "");

const moduleAtom = (written: string): string =>
  /^[A-Z]/.test(written) ? `Elixir.${written}` : unquote(written.replace(/^:/, ""));
