import type { ModuleRow } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import { atomText, type Lookup } from "./lookup.ts";
import type { Sources } from "./sources.ts";

/** The function that the level `lines` calls at each line. */
const PROBE = "-elixirscope-line-";

/** Modules whose functions are in the record, and those that the node has of its own; by name. */
export async function modulesOf(
  store: TraceStore,
  lookup: Lookup,
  sources: Sources,
  own: readonly string[],
): Promise<readonly ModuleRow[]> {
  const traced = await withLines(store, lookup);
  const counts = new Map(own.map((module) => [module, 0]));
  const isOwn = new Set(own);
  for (const index of lookup.functionsMatching((name) => name.function !== PROBE)) {
    const { module } = lookup.function(index)!;
    counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  return [...counts]
    .map(
      ([module, functions]): ModuleRow => ({
        module: atomText(module),
        isOwn: isOwn.has(module),
        functions,
        file: sources.file(module),
        hasText: sources.text(module)?.text != null,
        hasLines: traced.has(module),
      }),
    )
    .sort((a, b) => (a.module < b.module ? -1 : 1));
}

async function withLines(store: TraceStore, lookup: Lookup): Promise<ReadonlySet<string>> {
  const rows = await store.aggregate({ kinds: ["line"], by: ["mfa"], limit: 100_000 });
  return new Set(rows.flatMap(({ key }) => lookup.function(key[0]!)?.module ?? []));
}
