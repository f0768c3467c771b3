import { NEWEST, PAST_KINDS, PastTables } from "../analysis/index.ts";
import { Lookup } from "../query/index.ts";
import { openDuckDbStore, type TraceStore } from "../store/index.ts";

/** Events from one checkpoint to the next, about. */
const EVENTS = 500_000;
const PAGE = 20_000;

interface Stretch {
  readonly lastId: number;
  /** Greatest `ts` of the events up to its end that lie in it. */
  readonly ts: bigint;
}

/**
 * Gives a recording that was merged what one has that was recorded so: starting points for looks at the past.
 *
 * @param every events from one to the next, about
 */
export async function writeCheckpoints(
  file: string,
  stretches: readonly Stretch[],
  every: number = EVENTS,
): Promise<void> {
  if ((stretches.at(-1)?.lastId ?? 0) < every) return;
  const store = await openDuckDbStore(file, { mode: "append" });
  try {
    const lookup = new Lookup();
    for (const { name, index } of await store.nodes()) lookup.addNode(name, index);
    lookup.add(await store.dictionary());
    const tables = new PastTables(lookup);
    const sight = await lossesOfSight(store, tables);
    let afterId = 0;
    let ts = -(2n ** 63n);
    let since = 0;
    for (const stretch of stretches) {
      await fold(store, tables, sight, afterId, stretch.lastId);
      if (stretch.ts > ts) ts = stretch.ts;
      since += stretch.lastId - afterId;
      afterId = stretch.lastId;
      if (since < every) continue;
      since = 0;
      store.putCheckpoint({ lastId: afterId, ts, bytes: tables.dump() });
    }
  } finally {
    await store.close();
  }
}

/** To be called with the time of each event: what was out of sight by then is not alive any more. */
type Sight = (ts: bigint) => void;

async function lossesOfSight(store: TraceStore, tables: PastTables): Promise<Sight> {
  const nodes = await store.nodes();
  const lost = (await store.gaps())
    .filter(({ cause }) => cause === "detached")
    .sort((a, b) => (a.to < b.to ? -1 : 1));
  return (ts) => {
    while (lost[0] && ts >= lost[0].to) {
      const gap = lost.shift()!;
      const name = nodes.find(({ index }) => index === gap.node)?.name;
      for (const node of nodes) if (node.name === name) tables.table.nodeDown(node.index, gap.to);
    }
  };
}

async function fold(
  store: TraceStore,
  tables: PastTables,
  sight: Sight,
  afterId: number,
  lastId: number,
): Promise<void> {
  const beforeId = lastId + 1;
  for (let from = afterId; ; ) {
    const bounds = { afterId: from, beforeId, order: "oldest_first", limit: PAGE } as const;
    const page = await store.events({ ...bounds, kinds: PAST_KINDS });
    for (const event of page) {
      sight(event.ts);
      tables.apply(event);
    }
    if (page.length < PAGE) break;
    from = page.at(-1)!.id;
  }
  const newest = await store.newestOfKinds({ afterId, beforeId }, NEWEST);
  for (const [kind, ids] of newest) tables.newest.add(kind, ids);
}
