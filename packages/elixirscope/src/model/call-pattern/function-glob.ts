import { namesModule, parseMfaPattern } from "./call-pattern.ts";
import { explained, PatternProblem } from "./problem.ts";

/** A function as the dictionary has it: `Elixir.MyApp.Cart`, `add`, 2. */
export interface FunctionName {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

const EXAMPLES = "Write MyApp.*.add/2, MyApp.Cart.add*, *Server.handle_call/3 or gen_*.call/3";

/**
 * Reads which functions of a record are meant: a pattern of functions (`MyApp.Cart.add/2`, `MyApp.*`), or one with `*` for
 * any characters: `MyApp.*.add/2`, `*Server`, `MyApp.Cart.add*`, `*.handle_call/3`. What stands behind the last dot is a function
 * where it begins as one; `MyApp.Ca*` names modules.
 * @throws ElixirScopeError `BAD_MFA_PATTERN` with `details: {pattern, column}`
 */
export function parseFunctionGlob(text: string): (name: FunctionName) => boolean {
  const plain = text.replace(/\.\*$/, "");
  if (!plain.includes("*") || /["'(]/.test(text)) {
    const pattern = parseMfaPattern(text);
    return (name) =>
      namesModule(pattern, name.module) &&
      (pattern.function === undefined || pattern.function === name.function) &&
      (pattern.arity === undefined || pattern.arity === name.arity);
  }
  return explained(text, () => globOf(text));
}

function globOf(text: string): (name: FunctionName) => boolean {
  const [, named = "", arity] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const wrong = /[^\w.*:?!]/u.exec(named);
  if (wrong) throw new PatternProblem(wrong.index, `${JSON.stringify(wrong[0])} is in no name. ${EXAMPLES}.`);
  const empty = /^\.|\.\.|\.$/.exec(named);
  if (empty) throw new PatternProblem(empty.index, `A name is missing beside the dot. ${EXAMPLES}.`);
  const dot = named.lastIndexOf(".");
  const last = named.slice(dot + 1);
  const isFunction = dot >= 0 && /^\**(?:[a-z_]|$)/.test(last);
  if (arity !== undefined && !isFunction)
    throw new PatternProblem(named.length, `An arity belongs to a function. ${EXAMPLES}.`);
  if (arity !== undefined && !/^(?:\d{1,3}|\*)$/.test(arity))
    throw new PatternProblem(named.length + 1, `An arity, 0 to 255, or * belongs here. ${EXAMPLES}.`);
  const isModule = moduleTest(isFunction ? named.slice(0, dot) : named);
  const isName = isFunction ? glob(last) : () => true;
  const isArity = (found: number): boolean => arity === undefined || arity === "*" || Number(arity) === found;
  return (name) => isModule(name.module) && isName(name.function) && isArity(name.arity);
}

/** A module of Elixir is written without its `Elixir.`, one of Erlang begins small. `*` alone means both. */
function moduleTest(text: string): (module: string) => boolean {
  const test = glob(text.replace(/^:/, ""));
  if (text.startsWith(":") || /^[a-z_]/.test(text)) return (module) => !isElixir(module) && test(module);
  const isEither = text.startsWith("*");
  return (module) =>
    isElixir(module) ? test(module.slice("Elixir.".length)) || test(module) : isEither && test(module);
}

const isElixir = (module: string): boolean => module.startsWith("Elixir.");

/** Does a text look like this, `*` being any characters? */
export function glob(pattern: string): (text: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+^${}()|[\]\\?]/g, "\\$&"));
  const form = new RegExp(`^${parts.join(".*")}$`, "su");
  return (text) => form.test(text);
}
