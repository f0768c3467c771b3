import type { LostTableFact, MoreFacts, NameFact, StartFact, Who } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";
import { inventories } from "./inventory-figures.ts";
import { atomText } from "./lookup.ts";

/** Names that one may have been mistaken for. */
const NAMES = 5_000;
/** Starts of processes that are told of, the newest. */
const STARTS = 20_000;

/** What tells more about how processes ended, or why they wait. */
export async function backgroundFacts(
  sources: DiagnoseSources,
): Promise<Pick<MoreFacts, "names" | "lostTables" | "startOf">> {
  const [lostTables, startOf] = await Promise.all([lostTableFacts(sources), startFacts(sources)]);
  return { names: nameFacts(sources), lostTables, startOf };
}

function nameFacts(sources: DiagnoseSources): readonly NameFact[] {
  const { table, lookup } = sources;
  const found = new Map<string, NameFact>();
  for (const { index, name, formerName } of table.processes.values()) {
    if (found.size >= NAMES) break;
    const held = name === NONE ? formerName : name;
    const texts = table.names.namesOf(index).map(({ text }) => text);
    if (held !== NONE) texts.push(atomText(lookup.atomName(held)));
    if (texts.length === 0) continue;
    const holder = who(index, sources);
    if (holder) for (const text of texts) found.set(text, { text, who: holder });
  }
  return [...found.values()];
}

/** Tables that an inventory has, whose owners have ended since. */
async function lostTableFacts(sources: DiagnoseSources): Promise<readonly LostTableFact[]> {
  const { store, table, clock } = sources;
  const seen = new Map<string, { readonly name: string; readonly owner: number; readonly id: number }>();
  /** By node: those of its newest inventory, whoever owns them by then (an heir). */
  const there = new Map<number, readonly string[]>();
  for (const { id, node, tables } of await inventories(sources)) {
    for (const [key, { name, owner }] of tables) seen.set(key, { name, owner, id });
    there.set(
      node,
      [...tables.values()].map(({ name }) => name),
    );
  }
  const lost = [...seen.values()].flatMap(({ name, owner, id }) => {
    const process = table.processes.get(owner);
    const known = who(owner, sources);
    if (process?.exitedAt === undefined || !known || there.get(process.node)?.includes(name)) return [];
    return [{ name, owner: known, pid: owner, seenId: id, endedAt: clock.t(process.exitedAt) }];
  });
  const pids = lost.map(({ pid }) => pid);
  const ends =
    pids.length === 0
      ? []
      : await store.events({
          kinds: ["exit"],
          pids,
          order: "newest_first",
          limit: NAMES,
          withoutPayload: true,
        });
  const endOf = new Map(ends.map(({ pid, id }) => [pid, id]));
  return lost
    .map(({ pid, ...fact }) => ({ ...fact, endId: endOf.get(pid) ?? null }))
    .toSorted((a, b) => a.endedAt - b.endedAt);
}

/** By the newest starts: of those that began before the record there is none. */
async function startFacts(sources: DiagnoseSources): Promise<(process: Who) => StartFact | undefined> {
  const spawns = await sources.store.events({
    kinds: ["spawn"],
    order: "newest_first",
    limit: STARTS,
    withoutPayload: true,
  });
  const byChild = new Map<string, StoredEvent>();
  for (const spawn of spawns) byChild.set(`p-${spawn.peer}`, spawn);
  return ({ handle }) => {
    const spawn = byChild.get(handle);
    const by = spawn && who(spawn.pid, sources);
    return spawn && by ? { by, t: sources.clock.t(spawn.ts), id: spawn.id } : undefined;
  };
}
