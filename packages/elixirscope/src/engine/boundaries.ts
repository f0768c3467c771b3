import type { DistConnection } from "@elixirscope/dist";
import { findBoundaries } from "../analysis/index.ts";
import type { BoundariesAnswer, BoundariesInput, LeakRow } from "../protocol/index.ts";
import { mfaText } from "../query/index.ts";
import type { TraceStore } from "../store/index.ts";
import { callSites, moduleImports, webRoots } from "../tracer/index.ts";
import type { CallCount } from "./call-counts.ts";

/**
 * Contexts and leaks of the applications on a node, from its modules' import tables; lines from their debug info; calls of
 * what leaks counted on the node for as long as was asked. Nothing, and why, where no application looks like one of Phoenix
 * and none was named.
 */
export async function boundaries(
  connection: DistConnection,
  input: BoundariesInput,
  count: (functions: readonly string[], ms: number) => Promise<readonly CallCount[]>,
): Promise<Omit<BoundariesAnswer, "t" | "kept">> {
  const web = input.web ?? (await webRoots(connection));
  const roots = new Set([...web, ...[...web, ...(input.contexts ?? [])].map(applicationRoot)]);
  if (roots.size === 0) return { ...NOTHING, why: NO_ENDPOINT };
  const modules = await moduleImports(connection, [...roots]);
  const found = findBoundaries(modules, { ...input, web });
  const callers = [...new Set(found.leaks.map(({ caller }) => caller))];
  const callees = found.leaks.map(({ callee }) => callee);
  const sites = callers.length === 0 ? [] : await callSites(connection, callers, callees);
  const countedMs = callees.length === 0 ? 0 : (input.countMs ?? 0);
  const names = callees.map((callee) => mfaText(callee.module, callee.function, callee.arity));
  const counts = countedMs === 0 ? undefined : await count([...new Set(names)], countedMs);
  const leaks = found.leaks.flatMap(({ kind, caller, callee, context }, i): readonly LeakRow[] => {
    const row = { kind, callee: names[i]!, context };
    const calls = (isCaller: (one: CallCount) => boolean): number | null =>
      counts
        ? counts
            .filter((one) => one.callee === names[i] && isCaller(one))
            .reduce((sum, one) => sum + one.calls, 0)
        : null;
    const here = sites.filter((site) => site.module === caller && isSame(site.callee, callee));
    const module = caller.replace(/^Elixir\./, "");
    if (here.length === 0) {
      const isOfModule = (one: CallCount): boolean =>
        one.caller.startsWith(`${module}.`) && /^[^.]*$/.test(one.caller.slice(module.length + 1));
      return [{ ...row, caller: module, file: "", line: null, calls: calls(isOfModule) }];
    }
    return here.map((site) => {
      const name = mfaText(site.module, site.function, site.arity);
      return {
        ...row,
        caller: name,
        file: site.file.replace(/^.*?(?=(?:apps\/[^/]+\/)?lib\/)/, ""),
        line: site.line === 0 ? null : site.line,
        calls: calls((one) => one.caller === name && (one.line === null || one.line === site.line)),
      };
    });
  });
  const { contexts, edges } = found;
  return { web, contexts, edges, leaks, modules: modules.length, countedMs, why: "" };
}

const NOTHING = { web: [], contexts: [], edges: [], leaks: [], modules: 0, countedMs: 0 } as const;
const NO_ENDPOINT =
  "No module on the node is a Phoenix endpoint (MyAppWeb.Endpoint). Name the contexts in a file: elixirscope boundaries NODE --config FILE.";
const NOT_KEPT =
  "Contexts are found in the code on a node, and this recording has none of it: nobody looked at them while it was made. Attach to the node (elixirscope attach NODE) and look at Contexts there; its recording keeps what was found.";

const KEPT = "boundaries";
/** A recording is no place for more. */
const MOST_CHARACTERS = 2_000_000;

/** Puts what was found into the recording, in place of what was found before. */
export function keepBoundaries(store: TraceStore, answer: BoundariesAnswer): void {
  const text = JSON.stringify({ ...answer, kept: true });
  if (answer.why === "" && text.length <= MOST_CHARACTERS) store.putMeta(KEPT, text);
}

/** What was found while it was recorded; nothing, and why, where nobody asked for it then. */
export async function keptBoundaries(store: TraceStore): Promise<BoundariesAnswer> {
  const text = (await store.meta()).get(KEPT);
  if (text !== undefined) return JSON.parse(text) as BoundariesAnswer;
  return { ...NOTHING, t: 0, kept: true, why: NOT_KEPT };
}

/** `Hello` of `HelloWeb` and of `Hello.Counters`. */
const applicationRoot = (name: string): string => name.split(".")[0]!.replace(/(?<=.)Web$/, "");

type Called = { readonly module: string; readonly function: string; readonly arity: number };
const isSame = (a: Called, b: Called): boolean =>
  a.module === b.module && a.function === b.function && a.arity === b.arity;
