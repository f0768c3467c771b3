// Contexts of a Phoenix application, by convention and by what a project says of itself; and who reaches past them.

/** A function of another module that a module calls. */
export interface BoundaryCall {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

export interface BoundaryModule {
  /** With Elixir's prefix, as all names here. */
  readonly module: string;
  readonly imports: readonly BoundaryCall[];
}

/** What a project adjusts. Names as people write them (`Hello.Counters`). */
export interface BoundaryConfig {
  /** Roots of what serves the web; default: those with an endpoint. */
  readonly web?: readonly string[] | undefined;
  /** Contexts, in place of those that were found by convention. */
  readonly contexts?: readonly string[] | undefined;
  /** Modules inside of contexts that everybody may call. */
  readonly public?: readonly string[] | undefined;
  /** `Caller -> Callee`, modules: leaks that are meant. */
  readonly allow?: readonly string[] | undefined;
}

export type LeakKind = "web_calls_internals" | "web_calls_repo" | "context_calls_internals";

export interface Leak {
  readonly kind: LeakKind;
  readonly caller: string;
  readonly callee: BoundaryCall;
  /** The context whose internals they are; the Repo's module. */
  readonly context: string;
}

export interface Boundaries {
  readonly contexts: readonly { readonly name: string; readonly modules: number }[];
  /** Functions called from one part in another, each once for a calling module. Parts are contexts and web roots. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly functions: number }[];
  readonly leaks: readonly Leak[];
}

const plain = (module: string): string => module.replace(/^Elixir\./, "");
const isBelow = (module: string, root: string): boolean => module === root || module.startsWith(`${root}.`);

/** What a struct or schema has for everybody: to match on it is no call into it. */
const OF_STRUCTS: ReadonlySet<string> = new Set([
  "__struct__",
  "__schema__",
  "exception",
  "message",
  "child_spec",
]);

/**
 * By convention `Hello.Counters` is a context where there is something below it (`Hello.Counters.Worker`): the module itself is
 * its door, the rest its own. What stands beside it (`Hello.Repo`, `Hello.Mailer`, `Hello.Application`) belongs to all; the
 * web does not call the Repo.
 */
export function findBoundaries(modules: readonly BoundaryModule[], config: BoundaryConfig): Boundaries {
  const names = modules.map(({ module }) => plain(module));
  const web = config.web ?? [];
  const contexts = config.contexts ?? contextsOf(names, web);
  const within = (module: string): string | undefined => contexts.find((context) => isBelow(module, context));
  const webOf = (module: string): string | undefined => web.find((root) => isBelow(module, root));
  const allowed = new Set((config.allow ?? []).map((line) => line.replaceAll(/\s+/g, "")));
  const open = config.public ?? [];
  const leaks: Leak[] = [];
  const edges = new Map<string, { from: string; to: string; functions: number }>();
  for (const { module, imports } of modules) {
    const caller = plain(module);
    const home = webOf(caller) ?? within(caller);
    if (home === undefined) continue;
    for (const callee of imports) {
      const target = plain(callee.module);
      const to = webOf(target) ?? within(target);
      if (to !== undefined && to !== home) {
        const key = `${home} ${to}`;
        const edge = edges.get(key) ?? { from: home, to, functions: 0 };
        edges.set(key, { ...edge, functions: edge.functions + 1 });
      }
      if (OF_STRUCTS.has(callee.function) || allowed.has(`${caller}->${target}`)) continue;
      const kind = leakKind(caller, target, { web: webOf(caller) !== undefined, home, to, open });
      if (kind) leaks.push({ kind, caller: module, callee, context: to ?? target });
    }
  }
  return {
    contexts: contexts.map((name) => ({ name, modules: names.filter((one) => isBelow(one, name)).length })),
    edges: [...edges.values()],
    leaks,
  };
}

function contextsOf(names: readonly string[], web: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const name of names) {
    const parts = name.split(".");
    const context = parts.slice(0, 2).join(".");
    if (parts.length > 2 && !web.some((root) => isBelow(name, root)) && names.includes(context))
      found.add(context);
  }
  return [...found].sort((a, b) => a.localeCompare(b));
}

function leakKind(
  caller: string,
  target: string,
  at: {
    readonly web: boolean;
    readonly home: string;
    readonly to: string | undefined;
    readonly open: readonly string[];
  },
): LeakKind | undefined {
  if (at.open.includes(target)) return undefined;
  if (at.web && /^[^.]+\.Repo$/.test(target)) return "web_calls_repo";
  // Within a context, and at its door, everything is as it should be.
  if (at.to === undefined || at.to === at.home || target === at.to || isBelow(caller, at.to))
    return undefined;
  // The web's own modules are nobody's internals.
  if (!target.startsWith(`${at.to}.`) || at.to.split(".").length < 2) return undefined;
  return at.web ? "web_calls_internals" : "context_calls_internals";
}
