import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, type Term, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { evaluate } from "./evaluate.ts";

/** Loaded modules and those that the code path has: where modules are loaded on their first call, few are at first. */
const AVAILABLE = `
  [list_to_atom(M) || {M, _, _} <- code:all_available(),
    lists:any(fun(P) -> M =:= P orelse lists:prefix(P ++ ".", M) end, Prefixes)].`;

/**
 * The node's modules with these names (`Elixir.MyAppWeb`) and below them (`Elixir.MyAppWeb.PageController`), in order.
 * @throws ElixirScopeError `TRACER_NO_SUCH_FUNCTION` where a name has none
 */
export async function modulesBelow(
  connection: DistConnection,
  prefixes: readonly string[],
): Promise<readonly string[]> {
  if (prefixes.length === 0) return [];
  const characters = prefixes.map((prefix) => Array.from(prefix, (char) => char.codePointAt(0) ?? 0));
  const found = await evaluate(connection, AVAILABLE, [tuple(atom("Prefixes"), characters)]);
  const modules = (found as readonly Term[])
    .flatMap((term) => (term instanceof Atom ? [term.name] : []))
    .sort();
  for (const prefix of prefixes) {
    if (modules.some((module) => module === prefix || module.startsWith(`${prefix}.`))) continue;
    const name = prefix.replace(/^Elixir\./, "");
    throw new ElixirScopeError(
      "TRACER_NO_SUCH_FUNCTION",
      `The node has no module ${name} and none below it (${name}.…). Nothing was changed; check the spelling.`,
      { module: name },
    );
  }
  return modules;
}
