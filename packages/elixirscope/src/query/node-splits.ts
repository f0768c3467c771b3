import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import { type PeerChange, type Split, splitsOf } from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

/** Newest such events that are read. */
const MOST = 5_000;
const PEER_TAGS = ["nodes", "nodeup", "nodedown"] as const;

export const isPeerTag = (tag: string): boolean => (PEER_TAGS as readonly string[]).includes(tag);

export interface NodeSplits {
  readonly splits: readonly Split[];
  /** Did nodes say that they are connected to others? One alone cannot lose any. */
  readonly seen: boolean;
}

/** When two nodes of a recording did not see each other, from what each of them said. */
export async function nodeSplits(store: TraceStore, lookup: Lookup): Promise<NodeSplits> {
  const isAlone = new Set((await store.nodes()).map(({ name }) => name)).size < 2;
  const tags = PEER_TAGS.flatMap((tag) => lookup.atomsNamed(tag));
  if (tags.length === 0) return { splits: [], seen: isAlone };
  const events = await store.events({ kinds: ["session"], tags, order: "newest_first", limit: MOST });
  const changes = events.toReversed().flatMap((event) => changesOf(event, lookup));
  return { splits: splitsOf(changes), seen: isAlone || changes.length > 0 };
}

/** `{nodes, [Node]}`, `{nodeup, Node}`, `{nodedown, Node}` */
export function changesOf({ id, ts, node, payload }: StoredEvent, lookup: Lookup): readonly PeerChange[] {
  const { term } = decodeTerm(payload, 0);
  const [tag, told] = term instanceof Tuple ? term.elements : [];
  const peers = (Array.isArray(told) ? told : [told]) as readonly Term[];
  const up = !(tag instanceof Atom && tag.name === "nodedown");
  return peers.flatMap((peer) =>
    peer instanceof Atom ? [{ id, ts, node: lookup.nodeName(node), peer: peer.name, up }] : [],
  );
}
