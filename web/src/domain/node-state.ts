import type { NodeStatus } from "elixirscope/protocol";

/** Of each name the newest life: one that restarted is another node of the recording. */
export function latestNodes(nodes: readonly NodeStatus[]): readonly NodeStatus[] {
  const byName = new Map<string, NodeStatus>();
  for (const node of nodes) byName.set(node.name, node);
  return [...byName.values()];
}

/** How a node stands, in a word. */
export const stateOf = (node: NodeStatus): string =>
  node.state === "ended" && node.reason === "detached" ? "detached" : node.state;

const WORST = ["disconnected", "connecting", "ended", "connected", "detached", "recording"] as const;

/** How several stand together: as the one that needs a look most. */
export function worstOf(nodes: readonly NodeStatus[], isKnown: boolean): string {
  if (nodes.length === 0) return isKnown ? "not attached" : "connecting";
  const states = new Set(nodes.map(stateOf));
  return WORST.find((state) => states.has(state)) ?? [...states][0]!;
}

/** How that is painted. */
export function dotOf(state: string): "good" | "bad" | "off" {
  if (state === "connected") return "good";
  return state === "link lost" || state === "disconnected" || state === "ended" ? "bad" : "off";
}

/** Of the node that is looked at, else of the first: what is set and shown where there is room for one. */
export const nodeLookedAt = (
  nodes: readonly NodeStatus[],
  looked: string | undefined,
): NodeStatus | undefined => nodes.findLast(({ name }) => name === looked) ?? nodes[0];
