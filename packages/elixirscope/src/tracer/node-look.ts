import { Atom, type ErlangMap, type Term } from "@elixirscope/etf";
import { bigintOf } from "./agent-terms.ts";

/** What a node answered when it was looked at. */
export interface NodeLook {
  /** Visible nodes that it is connected to. */
  readonly peers: readonly string[];
  /** When it was asked, and when the answer was here: our own clock in nanoseconds. */
  readonly asked: bigint;
  readonly answered: bigint;
  /** Its monotonic clock in between, in nanoseconds. */
  readonly at: bigint;
}

export function nodeLook(term: Term, asked: bigint, answered: bigint): NodeLook {
  const map = term as ErlangMap;
  const nodes = (map.get("nodes") ?? []) as readonly Term[];
  return {
    peers: nodes.flatMap((node) => (node instanceof Atom ? [node.name] : [])),
    asked,
    answered,
    at: bigintOf(map.get("at")),
  };
}
