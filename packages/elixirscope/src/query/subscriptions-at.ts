import { PastTables, Subscriptions } from "../analysis/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";
import { allEvents } from "./table-events.ts";

/** What changes who is subscribed, beside ends of processes. */
const CHANGES = ["subscribe", "unsubscribe", "subscriptions"] as const;

/** Who was subscribed just before an event: from the checkpoint before it, and what changed since. */
export async function subscriptionsAt(
  store: TraceStore,
  lookup: Lookup,
  { id, ts }: Pick<StoredEvent, "id" | "ts">,
): Promise<Subscriptions> {
  const checkpoint = await store.checkpoint(ts - 1n);
  const since = checkpoint ? PastTables.load(checkpoint.bytes, lookup).subscriptions : undefined;
  const known = since ?? new Subscriptions((pid) => lookup.pid(pid));
  const bounds = { afterId: checkpoint?.lastId ?? 0, beforeId: id };
  const tags = CHANGES.flatMap((name) => lookup.atomsNamed(name));
  const told = await allEvents(store, { ...bounds, kinds: ["pubsub"], tags });
  for (const event of await withExits({ store, lookup }, known, told, bounds)) known.step(event);
  return known;
}

/** Events about subscriptions, and among them the ends of all who are subscribed: those of others change nothing. */
export async function withExits(
  { store, lookup }: { readonly store: TraceStore; readonly lookup: Lookup },
  known: Subscriptions,
  told: readonly StoredEvent[],
  bounds: EventFilter,
): Promise<readonly StoredEvent[]> {
  const [subscribe, atFirst] = [lookup.atom("subscribe"), lookup.atom("subscriptions")];
  const snapshots = new Subscriptions((pid) => lookup.pid(pid));
  for (const event of told) if (event.tag === atFirst) snapshots.step(event);
  const subscribing = told.filter(({ tag }) => tag === subscribe).map(({ pid }) => pid);
  const pids = [...new Set([...known.processes(), ...snapshots.processes(), ...subscribing])];
  if (pids.length === 0) return told;
  const exits = await allEvents(store, { ...bounds, kinds: ["exit"], pids });
  return [...told, ...exits].sort((a, b) => a.id - b.id);
}
