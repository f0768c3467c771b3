import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, Tuple } from "@elixirscope/etf";

// Names of what a node has loaded, for those who type a pattern. Nothing is loaded for it.

/** Modules that are loaded, as Erlang has them. */
export async function loadedModules(connection: DistConnection): Promise<readonly string[]> {
  const loaded = await connection.rpc("erlang", "loaded", []);
  return Array.isArray(loaded) ? loaded.flatMap((name) => (name instanceof Atom ? [name.name] : [])) : [];
}

/** Functions of a module that is loaded, those that are not exported too; none of one that is not. */
export async function functionsOf(
  connection: DistConnection,
  module: string,
): Promise<readonly { readonly name: string; readonly arity: number }[]> {
  if (!(await loadedModules(connection)).includes(module)) return [];
  const functions = await connection.rpc("erlang", "get_module_info", [atom(module), atom("functions")]);
  return Array.isArray(functions)
    ? functions.flatMap((one) => {
        if (!(one instanceof Tuple)) return [];
        const [name, arity] = one.elements;
        return name instanceof Atom && typeof arity === "number" ? [{ name: name.name, arity }] : [];
      })
    : [];
}
