import type { DistConnection } from "@elixirscope/dist";
import type { CompletionList, CompletionsInput } from "../protocol/index.ts";
import { atomText, mfaText } from "../query/index.ts";
import { functionsOf, loadedModules } from "../tracer/index.ts";

/** Modules and functions of the nodes whose names begin with, or hold, what was typed. */
export async function completions(
  connections: readonly DistConnection[],
  { text, what, limit = 20 }: CompletionsInput,
): Promise<CompletionList> {
  const modules = new Map<string, string>();
  const loaded = await Promise.all(
    connections.map(async (connection) => ({ connection, names: await loadedModules(connection) })),
  );
  const ofModule = new Map<string, DistConnection>();
  for (const { connection, names } of loaded) {
    for (const name of names) {
      modules.set(atomText(name), name);
      ofModule.set(atomText(name), connection);
    }
  }
  const names = [...modules.keys()].filter((name) => !isOurs(name));
  const parent = what === "functions" ? parentOf(text, modules) : undefined;
  if (parent === undefined) return listed(names, text, limit);
  const functions = await functionsOf(ofModule.get(parent)!, modules.get(parent)!);
  const written = functions
    .filter(({ name }) => !/^(-|module_info$|__info__$)/.test(name))
    .map(({ name, arity }) => mfaText(modules.get(parent)!, name, arity));
  const below = names.filter((name) => name.startsWith(`${parent}.`));
  return listed([...written, ...below], withColon(text, parent), limit);
}

/** The loaded module that stands before the last dot: functions are asked of that one. */
function parentOf(text: string, modules: ReadonlyMap<string, string>): string | undefined {
  const at = text.lastIndexOf(".");
  if (at < 0) return undefined;
  const name = text.slice(0, at);
  return [name, `:${name}`].find((one) => modules.has(one));
}

/** An Erlang module may be written without its colon. */
const withColon = (text: string, parent: string): string =>
  parent.startsWith(":") && !text.startsWith(":") ? `:${text}` : text;

const isOurs = (name: string): boolean => name.startsWith(":elixirscope");

function listed(names: readonly string[], text: string, limit: number): CompletionList {
  const wanted = text.toLowerCase();
  const rank = (name: string): number => {
    const plain = name.toLowerCase().replace(/^:/, "");
    if (plain.startsWith(wanted.replace(/^:/, ""))) return 0;
    return plain.includes(wanted) ? 1 : 2;
  };
  const found = names
    .map((name) => ({ name, rank: rank(name) }))
    .filter((one) => one.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return { rows: found.slice(0, limit).map(({ name }) => name), more: found.length > limit };
}
