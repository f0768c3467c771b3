import type { ProcessRef } from "elixirscope/protocol";
import type { GraphEdge, GraphNode } from "../parts/graph/graph-layout.ts";

/** Whom a process stands in which relation to. */
export interface Relations {
  readonly parent: ProcessRef | null;
  readonly links: readonly ProcessRef[];
  readonly monitors: readonly ProcessRef[];
  readonly monitoredBy: readonly ProcessRef[];
  readonly children: readonly ProcessRef[];
}

const MOST = 8;

/** A process in the middle of those that it has to do with; of many in one relation the first, and how many more. */
export function relationMap(
  self: ProcessRef,
  relations: Relations,
): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
  const map = new Drawing(self);
  map.add(relations.parent ? [relations.parent] : [], "started", "in");
  map.add(relations.monitoredBy, "monitors", "in");
  map.add(relations.children, "started", "out");
  map.add(relations.links, "linked", "out");
  map.add(relations.monitors, "monitors", "out");
  return { nodes: [...map.nodes.values()], edges: [...map.edges.values()] };
}

class Drawing {
  readonly nodes = new Map<string, GraphNode>();
  readonly edges = new Map<string, GraphEdge>();
  readonly #self: string;

  constructor({ handle, label }: ProcessRef) {
    this.#self = handle;
    this.nodes.set(handle, { id: handle, label, note: "", tone: "accent" });
  }

  add(processes: readonly ProcessRef[], word: string, way: "in" | "out"): void {
    const others = processes.filter(({ handle }) => handle !== this.#self);
    for (const { handle, label } of others.slice(0, MOST)) this.#put(handle, label, word, way);
    const more = others.length - MOST;
    if (more > 0) this.#put(`${word} ${way}`, `${more} more`, word, way);
  }

  /** One line between two, whatever they have to do with each other. */
  #put(id: string, label: string, word: string, way: "in" | "out"): void {
    const known = this.edges.get(id);
    if (!this.nodes.has(id))
      this.nodes.set(id, { id, label, note: "", tone: label.endsWith(" more") ? "gone" : "plain" });
    const [from, to] = way === "in" ? [id, this.#self] : [this.#self, id];
    this.edges.set(
      id,
      known ? { ...known, label: `${known.label}, ${word}` } : { from, to, label: word, tone: "plain" },
    );
  }
}
