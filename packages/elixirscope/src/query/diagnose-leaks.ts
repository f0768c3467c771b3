import { Atom, decodeTerm, ErlangMap, isTagged, type Term } from "@elixirscope/etf";
import {
  type Figure,
  grouped,
  type MonitorFact,
  type NodeFact,
  type PortFact,
  type SizeFact,
  type TableFact,
  type Who,
  walkMonitors,
} from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import type { Samples } from "./diagnose-processes.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";
import { type InventoryFigures, inventories } from "./inventory-figures.ts";

/** Newest events that are read of each. */
const STATES = 20_000;
const MONITORS = 20_000;
const LARGE_MESSAGES = 5_000;
/** Bytes of a message that is large. */
const LARGE = 2_048;
/** States from which on a size has a course. */
const FEWEST_STATES = 12;
const TAKERS = 3;

/** How large heaps and states were over time. */
export async function sizeFacts(samples: Samples, sources: DiagnoseSources): Promise<readonly SizeFact[]> {
  const heaps = [...samples].flatMap(([pid, points]): readonly SizeFact[] => {
    const process = who(pid, sources);
    if (!process) return [];
    const figures = points.map(({ id, t, memory }) => ({ id, t, value: memory }));
    return [{ process, of: "memory", points: figures, part: null }];
  });
  return [...heaps, ...(await stateSizes(sources))];
}

async function stateSizes(sources: DiagnoseSources): Promise<readonly SizeFact[]> {
  const { store, clock } = sources;
  const states = await store.events({ kinds: ["state"], order: "newest_first", limit: STATES });
  const pace = new Pace();
  const facts: SizeFact[] = [];
  for (const [pid, own] of grouped(states.toReversed(), (event) => event.pid)) {
    const process = who(pid, sources);
    if (!process || own.length < FEWEST_STATES) continue;
    const sizes = await pace.map(own, ({ payload }) => sizeOf(payload));
    const points = own.flatMap(({ id, ts }, i) => {
      const value = sizes[i];
      return value === undefined ? [] : [{ id, t: clock.t(ts), value }];
    });
    // Of a cut one it is not known what it has.
    const last = own.findLast(({ payload }) => cutSize(payload) === undefined) ?? own.at(-1)!;
    facts.push({ process, of: "state", points, part: grownPart(own[0]!, last, sources) });
  }
  return facts;
}

/** Of what was cut, the size that it had; undefined for one that was not copied: it may have become another since. */
function sizeOf(payload: Uint8Array): number | undefined {
  const cut = cutSize(payload);
  return cut === undefined ? payload.length : cut.known ? cut.bytes : undefined;
}

/** `{'$elixirscope_cut', Size, Outline}`, `{'$elixirscope_cut', LastSize, not_copied}` */
function cutSize(payload: Uint8Array): { readonly bytes: number; readonly known: boolean } | undefined {
  if (payload[0] !== 104 || payload[1] !== 3 || payload.length > 100_000) return undefined;
  const { term } = decodeTerm(payload, 0);
  if (!isTagged(term, "$elixirscope_cut", 3)) return undefined;
  const [, bytes, outline] = term.elements;
  return { bytes: Number(bytes), known: !(outline instanceof Atom && outline.name === "not_copied") };
}

/** The key of a map, or the list itself, that has become longest. */
function grownPart(first: StoredEvent, last: StoredEvent, { lookup }: DiagnoseSources): string | null {
  const [before, after] = [first, last].map(({ payload }) => decodeTerm(payload, 0).term);
  if (Array.isArray(before) && Array.isArray(after))
    return `the list (${before.length} → ${after.length} elements)`;
  if (!(before instanceof ErlangMap) || !(after instanceof ErlangMap)) return null;
  const grown = after.entries.flatMap(([key, value]) => {
    const [from, to] = [countOf(key instanceof Atom ? before.get(key.name) : undefined), countOf(value)];
    return to > from && key instanceof Atom ? [{ key, from, to }] : [];
  });
  const most = grown.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
  if (after.entries.length > before.entries.length + (most ? most.to - most.from : 0))
    return `the map itself (${before.entries.length} → ${after.entries.length} keys)`;
  return most ? `${lookup.inspect(most.key, 80).text} (${most.from} → ${most.to} elements)` : null;
}

function countOf(term: Term | undefined): number {
  if (Array.isArray(term)) return term.length;
  if (term instanceof ErlangMap) return term.entries.length;
  return 0;
}

/** What inventories say over time: tables, ports, atoms, binaries. */
export async function inventoryFacts(sources: DiagnoseSources): Promise<{
  readonly tables: readonly TableFact[];
  readonly ports: readonly PortFact[];
  readonly nodes: readonly NodeFact[];
}> {
  const found = await inventories(sources);
  const byNode = [...grouped(found, ({ node }) => node).values()];
  const takers = found.length < 2 ? [] : await takersOf(sources);
  return {
    tables: byNode.flatMap((own) => tableFacts(own, sources)),
    ports: byNode.flatMap((own) => portFacts(own, sources)),
    nodes: byNode.map((own) => ({
      atoms: own.map(({ id, t, atoms }) => ({ id, t, value: atoms })),
      binaries: own.map(({ id, t, binaries }) => ({ id, t, value: binaries })),
      takers,
    })),
  };
}

/** Those of the end, each with how it was before; one that was not there yet had nothing. */
function tableFacts(own: readonly InventoryFigures[], sources: DiagnoseSources): readonly TableFact[] {
  const last = own.at(-1)!;
  return [...last.tables].map(([key, { name, owner, memory }]) => {
    const figures = (value: "rows" | "count"): readonly Figure[] =>
      own.flatMap(({ id, t, tables }) => {
        const table = tables.get(key);
        return table ? [{ id, t, value: table[value] }] : [];
      });
    return {
      name,
      owner: who(owner, sources) ?? null,
      rows: figures("rows"),
      tables: figures("count"),
      memory,
    };
  });
}

function portFacts(own: readonly InventoryFigures[], sources: DiagnoseSources): readonly PortFact[] {
  return [...own.at(-1)!.ports].flatMap(([owner, { what }]) => {
    const known = who(owner, sources);
    if (!known) return [];
    const points = own.map(({ id, t, ports }) => ({ id, t, value: ports.get(owner)?.count ?? 0 }));
    return [{ owner: known, what, points }];
  });
}

/** Who took in the most bytes in large messages. */
async function takersOf(sources: DiagnoseSources): Promise<NodeFact["takers"]> {
  const large = await sources.store.events({
    kinds: ["receive"],
    minBytes: LARGE,
    order: "newest_first",
    limit: LARGE_MESSAGES,
  });
  return [...grouped(large, ({ pid }) => pid)]
    .flatMap(([pid, own]) => {
      const taker = who(pid, sources);
      const bytes = own.reduce((sum, { payload }) => sum + (sizeOf(payload) ?? 0), 0);
      return taker ? [{ who: taker, bytes, count: own.length, id: own[0]!.id }] : [];
    })
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, TAKERS);
}

/** Monitors by who set them. */
export async function monitorFacts(sources: DiagnoseSources): Promise<readonly MonitorFact[]> {
  const { store, lookup, clock, table } = sources;
  const found = await store.events({
    kinds: ["monitor", "demonitor"],
    order: "newest_first",
    limit: MONITORS,
  });
  const result = lookup.atom("result");
  const { spans } = walkMonitors(found.toReversed(), result === NONE ? Number.NaN : result);
  return [...grouped(spans, ({ set }) => set.pid)].flatMap(([pid, own]): readonly MonitorFact[] => {
    const process = who(pid, sources);
    if (!process) return [];
    const targets = grouped(own, ({ set }) => set.peer);
    const most = [...targets].toSorted(([, a], [, b]) => b.length - a.length)[0];
    const whom: Who | undefined = most && who(most[0], sources);
    return [
      {
        process,
        set: own.map(({ set }) => ({ id: set.id, t: clock.t(set.ts) })),
        targets: targets.size,
        most: whom && most ? { who: whom, count: most[1].length } : null,
        over: own.filter(
          ({ set, taken }) => taken !== undefined || table.processes.get(set.peer)?.alive === false,
        ).length,
      },
    ];
  });
}
