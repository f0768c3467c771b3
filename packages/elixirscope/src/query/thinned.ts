import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

/** Newest such events that are read: one a second and node, while an application is busy. */
const MOST = 20_000;

/** A stretch in which calls of a busy application were counted, and only a part of them told (agent/README.md, Busy applications). */
export interface Thinned {
  readonly node: number;
  /** Unix nanoseconds. */
  readonly from: bigint;
  readonly to: bigint;
  readonly functions: readonly { readonly module: string; readonly name: string; readonly missed: number }[];
}

/** Oldest first. */
export async function thinnedStretches(store: TraceStore, lookup: Lookup): Promise<readonly Thinned[]> {
  const tags = [lookup.atom("thinned")];
  const order = "newest_first" as const;
  const [events, nodes] = await Promise.all([
    store.events({ kinds: ["session"], tags, order, limit: MOST }),
    store.nodes(),
  ]);
  const offsets = new Map(nodes.map(({ index, timeOffset }) => [index, timeOffset]));
  return events.toReversed().flatMap((event) => stretch(event, offsets.get(event.node) ?? 0n));
}

/** `{thinned, From, To, [{{Module, Function, Arity}, Calls, Missed}]}`, by the node's monotonic clock. */
function stretch({ node, payload }: StoredEvent, offset: bigint): readonly Thinned[] {
  const { term } = decodeTerm(payload, 0);
  const [, from, to, functions] = term instanceof Tuple ? term.elements : [];
  if (!Array.isArray(functions)) return [];
  return [
    { node, from: integer(from) + offset, to: integer(to) + offset, functions: functions.flatMap(counted) },
  ];
}

function counted(term: Term): Thinned["functions"] {
  const [mfa, , missed] = term instanceof Tuple ? term.elements : [];
  const [module, name] = mfa instanceof Tuple ? mfa.elements : [];
  if (!(module instanceof Atom) || !(name instanceof Atom)) return [];
  return [{ module: module.name, name: name.name, missed: Number(integer(missed)) }];
}

const integer = (term: Term | undefined): bigint =>
  typeof term === "bigint" ? term : typeof term === "number" ? BigInt(term) : 0n;

/** Calls of the functions of a module that were counted and not told. */
export const untold = (stretches: readonly Thinned[], module: string): number =>
  stretches
    .flatMap(({ functions }) => functions)
    .reduce((sum, counts) => sum + (counts.module === module ? counts.missed : 0), 0);
