import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, isTagged, type Pid, type Term, Tuple, tuple } from "@elixirscope/etf";
import type { ModuleSource } from "../model/index.ts";

/** Modules asked for at once: their debug info is read on the node. */
const AT_ONCE = 20;

/** Where the functions of these modules stand, a few modules after another; a module that is gone is left out. */
export async function* moduleSources(
  connection: DistConnection,
  owner: Pid,
  modules: readonly string[],
): AsyncGenerator<ModuleSource> {
  for (let i = 0; i < modules.length; i += AT_ONCE) {
    const names = modules.slice(i, i + AT_ONCE).map((module) => atom(module));
    const answer = await connection.rpc("elixirscope_agent", "command", [
      owner,
      tuple(atom("source"), names),
    ]);
    if (!isTagged(answer, "ok", 2)) return;
    for (const entry of answer.elements[1] as readonly Term[]) {
      const source = sourceOf(entry);
      if (source) yield source;
    }
  }
}

/** `{Module, Source, [{Name, Arity, Line}]}` */
function sourceOf(term: Term): ModuleSource | undefined {
  if (!(term instanceof Tuple)) return undefined;
  const [module, file, functions] = term.elements;
  if (!(module instanceof Atom) || !(file instanceof Uint8Array) || !Array.isArray(functions))
    return undefined;
  const lines = (functions as readonly Term[]).flatMap((entry): [string, number][] => {
    const [name, arity, line] = entry instanceof Tuple ? entry.elements : [];
    return name instanceof Atom && typeof arity === "number" && typeof line === "number"
      ? [[`${name.name}/${arity}`, line]]
      : [];
  });
  return { module: module.name, file: new TextDecoder().decode(file), lines: Object.fromEntries(lines) };
}
