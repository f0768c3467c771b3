import { kindOf } from "../model/index.ts";
import { type BatchRow, type Hole, holesUpTo, isPinned, lastToGo } from "./holes.ts";
import { type Keep, OVERHEAD_BYTES, type Pin } from "./keep.ts";
import { later, type Removal, together } from "./removals.ts";

/** A pass costs tens of milliseconds: it takes this share more than it must, so that it is seldom needed. */
const SLACK = 0.1;

/** What retention looks at. */
export interface RingState {
  /** Ascending. */
  readonly batches: readonly BatchRow[];
  readonly pins: readonly Pin[];
  readonly removals: readonly Removal[];
  /** Bytes that the recording takes on the disk. */
  usedBytes(): Promise<number>;
}

/** Decides what has to go so that a recording stays within its limits: whole batches, oldest first. */
export class Ring {
  readonly #keep: Keep;
  #newest: { readonly ts: bigint; readonly seenAt: number } | undefined;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** None: nothing has to go. */
  async holes(state: RingState): Promise<readonly Hole[]> {
    const { batches, pins, removals } = state;
    if (batches.length < 2) return [];
    const counts = (row: BatchRow): boolean => !isPinned(row, pins) && !isRemains(row, removals);
    const last = await this.#lastToGo(state, batches.filter(counts), counts);
    return last < 0 ? [] : holesUpTo(last, batches, pins);
  }

  async #lastToGo(
    state: RingState,
    ring: readonly BatchRow[],
    counts: (row: BatchRow) => boolean,
  ): Promise<number> {
    const { events, bytes, ms } = this.#keep;
    const { batches } = state;
    const inRing = ring.reduce((sum, { count }) => sum + count, 0);
    let keepEvents = events !== undefined && inRing > events ? Math.ceil(events * (1 - SLACK)) : undefined;
    if (bytes !== undefined) {
      const bySize = eventsWithin(bytes, await state.usedBytes(), batches, inRing);
      if (bySize !== undefined) keepEvents = Math.min(bySize, keepEvents ?? bySize);
    }
    let since: bigint | undefined;
    if (ms !== undefined) {
      const limit = this.#now(batches) - BigInt(Math.round(ms * 1e6));
      // Nothing goes until a tenth more than asked for is there.
      if (ring[0] && ring[0].lastTs < limit - BigInt(Math.round(ms * SLACK * 1e6))) since = limit;
    }
    return keepEvents === undefined && since === undefined
      ? -1
      : lastToGo(batches, counts, { events: keepEvents, since });
  }

  /** By the clock of the nodes; while nothing comes it goes on as ours does. */
  #now(batches: readonly BatchRow[]): bigint {
    const ts = newestOf(batches);
    if (this.#newest?.ts !== ts) this.#newest = { ts, seenAt: performance.now() };
    return ts + BigInt(Math.round((performance.now() - this.#newest.seenAt) * 1e6));
  }
}

/** What is left of a batch that was emptied: spared events. */
const isRemains = ({ firstId }: BatchRow, removals: readonly Removal[]): boolean =>
  removals.some((removal) => firstId >= removal.firstId && firstId <= removal.lastId);

/** Greatest `ts` of batches, of which there is one at least. */
export const newestOf = (batches: readonly BatchRow[]): bigint =>
  batches.reduce((newest, { lastTs }) => later(newest, lastTs), batches[0]!.lastTs);

/** How many events of the ring may stay so that the recording stays within its limit; `undefined`: all of them. */
function eventsWithin(
  limit: number,
  used: number,
  batches: readonly BatchRow[],
  inRing: number,
): number | undefined {
  const all = batches.reduce((sum, { count }) => sum + count, 0);
  const ring = all === 0 ? 0 : (used * inRing) / all;
  const room = limit - OVERHEAD_BYTES;
  if (ring <= room) return undefined;
  return Math.floor((inRing * room * (1 - SLACK)) / ring);
}

/** Events that are about to be removed, of a node and a kind in the hole with this index. */
export interface GoingRow {
  readonly hole: number;
  readonly node: number;
  readonly code: number;
  readonly count: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What is about to be removed: by kind, and for each hole and node. */
export interface Going {
  readonly events: number;
  readonly byCode: ReadonlyMap<number, number>;
  readonly byHole: readonly Removal[];
}

export function goingOf(rows: readonly GoingRow[], holes: readonly Hole[]): Going {
  const byCode = new Map<number, number>();
  const byHole = new Map<string, Removal>();
  let events = 0;
  for (const { hole, node, code, count, from, to } of rows) {
    const { firstId, lastId } = holes[hole]!;
    const kind = kindOf(code);
    const dropped = kind ? { [kind]: count } : {};
    const key = `${hole}:${node}`;
    byHole.set(key, together(byHole.get(key), { node, firstId, lastId, from, to, dropped }));
    byCode.set(code, (byCode.get(code) ?? 0) + count);
    events += count;
  }
  return { events, byCode, byHole: [...byHole.values()] };
}

/** Conditions that select what is in the holes. */
export const inHoles = (holes: readonly Hole[]): { readonly ids: string; readonly batches: string } => ({
  ids: either(holes.map(({ firstId, lastId }) => `id BETWEEN ${firstId} AND ${lastId}`)),
  batches: either(holes.map(({ firstBatch, lastBatch }) => `batch BETWEEN ${firstBatch} AND ${lastBatch}`)),
});

/** The index of the hole in which an event is. */
export const holeIndex = (holes: readonly Hole[]): string =>
  `CASE ${holes.map(({ lastId }, i) => `WHEN id <= ${lastId} THEN ${i}`).join(" ")} END`;

const either = (conditions: readonly string[]): string => `(${conditions.join(" OR ")})`;
