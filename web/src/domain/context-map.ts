import type { BoundariesAnswer, CallEdgeRow, LeakRow } from "elixirscope/protocol";
import type { GraphEdge, GraphNode } from "../parts/graph/graph-layout.ts";
import { plural } from "./format.ts";

/** One part of an application that calls another. */
export interface ContextEdge {
  readonly from: string;
  readonly to: string;
  /** Different functions that it calls there. */
  readonly functions: number;
  readonly leaks: readonly LeakRow[];
  /** Recorded calls of traced functions. */
  readonly calls: number;
}

export interface ContextMap {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly ContextEdge[];
}

/** Parts of an application (the web, contexts, what is shared) and who calls whom; leaks stand with the edge they are on. */
export function contextMap(answer: BoundariesAnswer, recorded: readonly CallEdgeRow[]): ContextMap {
  const { web, contexts, leaks } = answer;
  const named = [...web, ...contexts.map(({ name }) => name)];
  const shared = [...new Set(leaks.map(({ context }) => context))].filter((name) => !named.includes(name));
  const parts = [...named, ...shared].toSorted((a, b) => b.length - a.length);
  const edges = new Map<string, ContextEdge>();
  const edgeOf = (from: string, to: string): ContextEdge =>
    edges.get(`${from} ${to}`) ?? { from, to, functions: 0, leaks: [], calls: 0 };
  const put = (edge: ContextEdge): unknown => edges.set(`${edge.from} ${edge.to}`, edge);
  for (const { from, to, functions } of answer.edges) put({ ...edgeOf(from, to), functions });
  for (const leak of leaks) {
    const from = partOf(leak.caller, parts) ?? leak.caller;
    const edge = edgeOf(from, leak.context);
    put({ ...edge, leaks: [...edge.leaks, leak] });
  }
  for (const { caller, callee, count } of recorded) {
    const [from, to] = [caller === null ? undefined : partOf(caller, parts), partOf(callee, parts)];
    if (from === undefined || to === undefined || from === to) continue;
    put({ ...edgeOf(from, to), calls: edgeOf(from, to).calls + count });
  }
  const drawn = [...edges.values()];
  return {
    nodes: [
      ...web.map((name) => nodeOf(name, "the web", "accent", drawn)),
      ...contexts.map(({ name, modules }) => nodeOf(name, plural(modules, "module"), "plain", drawn)),
      ...shared.map((name) => nodeOf(name, "shared", "gone", drawn)),
    ],
    edges: drawn,
  };
}

/** The part that a module or function belongs to, `parts` with the longest first. */
const partOf = (name: string, parts: readonly string[]): string | undefined =>
  parts.find((part) => name === part || name.startsWith(`${part}.`));

function nodeOf(id: string, note: string, tone: GraphNode["tone"], edges: readonly ContextEdge[]): GraphNode {
  const into = edges.filter(({ to }) => to === id).reduce((sum, { leaks }) => sum + leaks.length, 0);
  return { id, label: id, note: into > 0 ? `${note} · ${plural(into, "leak")}` : note, tone };
}

/** As it is drawn. */
export const drawnEdges = (edges: readonly ContextEdge[]): readonly GraphEdge[] =>
  edges.map(({ from, to, functions, leaks, calls }) => ({
    from,
    to,
    label: [
      functions > 0 && plural(functions, "function"),
      leaks.length > 0 && plural(leaks.length, "leak"),
      calls > 0 && plural(calls, "call"),
    ]
      .filter(Boolean)
      .join(" · "),
    tone: leaks.length > 0 ? "failure" : "plain",
  }));
