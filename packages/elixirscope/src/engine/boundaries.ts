import type { DistConnection } from "@elixirscope/dist";
import { findBoundaries } from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type { BoundariesAnswer, BoundariesInput, LeakRow } from "../protocol/index.ts";
import { mfaText } from "../query/index.ts";
import { callSites, countCalls, moduleImports, webRoots } from "../tracer/index.ts";

/**
 * Contexts and leaks of the applications on a node, from its modules' import tables; lines from their debug info; calls of
 * what leaks counted on the node for as long as was asked.
 * @throws ElixirScopeError `ENGINE_NO_CONTEXTS` where no application looks like one of Phoenix and none was named
 */
export async function boundaries(
  connection: DistConnection,
  input: BoundariesInput,
): Promise<BoundariesAnswer> {
  const web = input.web ?? (await webRoots(connection));
  const roots = new Set([...web, ...[...web, ...(input.contexts ?? [])].map(applicationRoot)]);
  if (roots.size === 0) {
    throw new ElixirScopeError(
      "ENGINE_NO_CONTEXTS",
      "No module on the node is a Phoenix endpoint (MyAppWeb.Endpoint). Name the contexts in a file: elixirscope boundaries NODE --config FILE.",
    );
  }
  const modules = await moduleImports(connection, [...roots]);
  const found = findBoundaries(modules, { ...input, web });
  const callers = [...new Set(found.leaks.map(({ caller }) => caller))];
  const callees = found.leaks.map(({ callee }) => callee);
  const sites = callers.length === 0 ? [] : await callSites(connection, callers, callees);
  const countedMs = callees.length === 0 ? 0 : (input.countMs ?? 0);
  const counts = countedMs === 0 ? [] : await countCalls(connection, callees, countedMs);
  const leaks = found.leaks.flatMap(({ kind, caller, callee, context }, i): readonly LeakRow[] => {
    const row = {
      kind,
      callee: mfaText(callee.module, callee.function, callee.arity),
      context,
      calls: counts[i] ?? null,
    };
    const here = sites.filter((site) => site.module === caller && isSame(site.callee, callee));
    if (here.length === 0) return [{ ...row, caller: caller.replace(/^Elixir\./, ""), file: "", line: null }];
    return here.map((site) => ({
      ...row,
      caller: mfaText(site.module, site.function, site.arity),
      file: site.file.replace(/^.*?(?=(?:apps\/[^/]+\/)?lib\/)/, ""),
      line: site.line === 0 ? null : site.line,
    }));
  });
  const { contexts, edges } = found;
  return { web, contexts, edges, leaks, modules: modules.length, countedMs };
}

/** `Hello` of `HelloWeb` and of `Hello.Counters`. */
const applicationRoot = (name: string): string => name.split(".")[0]!.replace(/(?<=.)Web$/, "");

type Called = { readonly module: string; readonly function: string; readonly arity: number };
const isSame = (a: Called, b: Called): boolean =>
  a.module === b.module && a.function === b.function && a.arity === b.arity;
