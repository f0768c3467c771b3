import type { DistConnection } from "@elixirscope/dist";
import { Atom, type Term } from "@elixirscope/etf";
import { evaluate } from "./evaluate.ts";

/** What lies neither with Erlang nor with Elixir is the application's own, or a dependency's. */
const OWN = `
  Elixir = case code:lib_dir(elixir) of Dir when is_list(Dir) -> [filename:dirname(Dir)]; _ -> [] end,
  Roots = [Root ++ "/" || Root <- [code:root_dir() | Elixir]],
  [M || {A, _, _} <- application:loaded_applications(), Lib <- [code:lib_dir(A)], is_list(Lib),
    not lists:any(fun(Root) -> lists:prefix(Root, Lib) end, Roots), {ok, Ms} <- [application:get_key(A, modules)], M <- Ms].`;

/** Modules of the applications that are loaded on a node, but those of Erlang and Elixir. */
export async function ownModules(connection: DistConnection): Promise<readonly string[]> {
  const found = await evaluate(connection, OWN, []);
  return Array.isArray(found)
    ? (found as readonly Term[]).flatMap((module) => (module instanceof Atom ? [module.name] : []))
    : [];
}
