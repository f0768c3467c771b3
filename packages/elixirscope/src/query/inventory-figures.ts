import { decodeTerm, ErlangMap, isTagged, Pid, type Term } from "@elixirscope/etf";
import { NONE } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { DiagnoseSources } from "./diagnose-sources.ts";

/** Newest inventories that are read. */
const MOST = 60;

/** The agent's own tables. */
const OURS = /^:elixirscope_/;

/** What an inventory says in figures. */
export interface InventoryFigures {
  readonly id: number;
  readonly t: number;
  readonly node: number;
  readonly atoms: number;
  /** Bytes of binaries. */
  readonly binaries: number;
  /** By name and owner: several of one name and owner are summed up. */
  readonly tables: ReadonlyMap<string, TableFigures>;
  /** By owner. */
  readonly ports: ReadonlyMap<number, { readonly what: string; readonly count: number }>;
}

interface TableFigures {
  readonly name: string;
  readonly owner: number;
  readonly rows: number;
  readonly memory: number;
  readonly count: number;
}

/** Oldest first. */
export async function inventories(sources: DiagnoseSources): Promise<readonly InventoryFigures[]> {
  const { store, lookup } = sources;
  const tag = lookup.atom("inventory");
  if (tag === NONE) return [];
  const events = await store.events({ kinds: ["session"], tags: [tag], order: "newest_first", limit: MOST });
  return events.toReversed().flatMap((event) => figures(event, sources));
}

function figures(event: StoredEvent, { lookup, clock }: DiagnoseSources): readonly InventoryFigures[] {
  const { term } = decodeTerm(event.payload, 0);
  const map = isTagged(term, "inventory", 2) ? term.elements[1] : undefined;
  if (!(map instanceof ErlangMap)) return [];
  const ofPid = (pid: Term | undefined): number => (pid instanceof Pid ? lookup.pid(pid) : NONE);
  const tables = new Map<string, TableFigures>();
  for (const one of mapsIn(map.get("tables"))) {
    const name = lookup.inspect(one.get("name") ?? 0, 80).text;
    if (OURS.test(name)) continue;
    const owner = ofPid(one.get("owner"));
    const before = tables.get(`${name} ${owner}`);
    tables.set(`${name} ${owner}`, {
      name,
      owner,
      rows: (before?.rows ?? 0) + number(one.get("size")),
      memory: (before?.memory ?? 0) + number(one.get("memory")),
      count: (before?.count ?? 0) + 1,
    });
  }
  const ports = new Map<number, { readonly what: string; readonly count: number }>();
  for (const one of mapsIn(map.get("ports"))) {
    const owner = ofPid(one.get("owner"));
    if (owner === NONE) continue;
    const what = one.get("name");
    const before = ports.get(owner);
    ports.set(owner, {
      what: before?.what ?? (what instanceof Uint8Array ? new TextDecoder().decode(what).slice(0, 80) : "?"),
      count: (before?.count ?? 0) + 1,
    });
  }
  return [
    {
      id: event.id,
      t: clock.t(event.ts),
      node: event.node,
      atoms: number(map.get("atoms")),
      binaries: number(memoryIn(map.get("memory"), "binary")),
      tables,
      ports,
    },
  ];
}

const mapsIn = (list: Term | undefined): readonly ErlangMap[] =>
  Array.isArray(list) ? list.filter((item): item is ErlangMap => item instanceof ErlangMap) : [];

const memoryIn = (memory: Term | undefined, key: string): Term | undefined =>
  memory instanceof ErlangMap ? memory.get(key) : undefined;

const number = (term: Term | undefined): number =>
  typeof term === "bigint" ? Number(term) : typeof term === "number" ? term : 0;
