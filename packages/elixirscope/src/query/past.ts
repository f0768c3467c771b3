import { NEWEST, PAST_KINDS, PastTables, type PidResolver, TABLE_KINDS } from "../analysis/index.ts";
import type { Gap } from "../model/index.ts";
import { Pace, type TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";
import { allEvents, tableEvents } from "./table-events.ts";

/** Of the kinds beside the process table, those events that say something about it: `inventory` is large, broadcasts are many. */
const TAGS = ["tracing", "in_force", "subscribe", "unsubscribe", "subscriptions"];

interface AsItStood {
  readonly tables: PastTables;
  readonly beforeId: number;
  /** Completes `tables.newest` of these processes: that of all is in the checkpoint, and what came since is much. */
  readonly findNewest: (processes: readonly number[]) => Promise<void>;
}

/** Everything as it stood at an instant, from the checkpoint before it and what came then. */
export class Past {
  readonly #store: TraceStore;
  readonly #lookup: Lookup;

  constructor(store: TraceStore, lookup: Lookup) {
    this.#store = store;
    this.#lookup = lookup;
  }

  /** @param ts Unix nanoseconds */
  async at(ts: bigint): Promise<AsItStood> {
    const [checkpoint, lastId] = await Promise.all([this.#store.checkpoint(ts), this.#store.idAt(ts)]);
    const resolver: PidResolver = this.#lookup;
    const tables = checkpoint ? PastTables.load(checkpoint.bytes, resolver) : new PastTables(resolver);
    const since = checkpoint ?? { lastId: 0, ts: -(2n ** 63n) };
    const bounds = { afterId: since.lastId, beforeId: lastId + 1, to: ts };
    await this.#replay(tables, bounds, since.ts);
    return {
      tables,
      beforeId: lastId + 1,
      findNewest: async (processes) => {
        const newest = await this.#store.newestOfKinds({ ...bounds, processes }, NEWEST);
        for (const [kind, ids] of newest) tables.newest.add(kind, ids);
      },
    };
  }

  async #replay(
    tables: PastTables,
    bounds: { readonly afterId: number; readonly beforeId: number; readonly to: bigint },
    since: bigint,
  ): Promise<void> {
    const nodes = await this.#store.nodes();
    const lost = (await this.#store.gaps())
      .filter(({ cause, to }) => cause === "detached" && to > since && to <= bounds.to)
      .sort((a, b) => (a.to < b.to ? -1 : 1));
    const loseSight = (gap: Gap): void => {
      const name = nodes.find(({ index }) => index === gap.node)?.name;
      for (const node of nodes) if (node.name === name) tables.table.nodeDown(node.index, gap.to);
    };
    const tags = TAGS.flatMap((tag) => this.#lookup.atomsNamed(tag));
    const others = PAST_KINDS.filter((kind) => !(TABLE_KINDS as readonly string[]).includes(kind));
    const events = [
      ...(await tableEvents(this.#store, bounds)),
      ...(await allEvents(this.#store, { ...bounds, kinds: others, tags })),
    ].sort((a, b) => a.id - b.id);
    const pace = new Pace();
    for (const event of events) {
      if (pace.isOver) await pace.rest();
      while (lost[0] && event.ts >= lost[0].to) loseSight(lost.shift()!);
      tables.apply(event);
    }
    for (const gap of lost) loseSight(gap);
  }
}
