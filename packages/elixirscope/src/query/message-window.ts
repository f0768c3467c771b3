import { callShape, type MessagePair, type ProcessTable, pairMessages } from "../analysis/index.ts";
import { type Gap, NONE } from "../model/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";
import { NamesAway } from "./names-away.ts";

/** How far to look, on either side of an event: rows of each sort, and ids. */
const ROWS = 1_000;
/** Read first, where nothing else has the bytes that are looked for: the other half is seldom far. */
const FEW = [8, 100] as const;
const SPAN = 2_000_000;

/** A message's two halves as found around one of them, and what the search knows when one is missing. */
export interface Halves {
  readonly send: StoredEvent | undefined;
  readonly receive: StoredEvent | undefined;
  readonly certain: boolean;
  /** Not everything before (after) the event was looked at: too many rows. */
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
  /** Losses before (after) the event, beyond which nothing can be said. */
  readonly gapBefore: boolean;
  readonly gapAfter: boolean;
  /** Is any receive of that shape by that receiver in the window? */
  readonly receives: boolean;
}

interface Bounds {
  readonly filter: EventFilter;
  readonly gapBefore: boolean;
  readonly gapAfter: boolean;
  readonly inside: boolean;
}

/** The sends and receives around one of them, in bounded amounts. */
export class MessageWindow {
  readonly #store: TraceStore;
  readonly #names: NamesAway;

  constructor(sources: {
    readonly store: TraceStore;
    readonly table: ProcessTable;
    readonly lookup: Lookup;
  }) {
    this.#store = sources.store;
    this.#names = new NamesAway(sources);
  }

  async halves(asked: StoredEvent): Promise<Halves> {
    const event = this.#names.resolved(asked);
    const bounds = await this.#bounds(event);
    // What holds a reference is told apart by it: its other half is known where it is seen.
    const isUnique = (callShape(event.payload)?.type ?? "cast") !== "cast";
    for (const rows of isUnique ? FEW : []) {
      const near = await this.#pair(event, bounds, rows);
      if (near.send && near.receive && near.certain) return near;
    }
    return this.#pair(event, bounds, ROWS);
  }

  async #pair(event: StoredEvent, bounds: Bounds, rows: number): Promise<Halves> {
    const parts = this.#filtersAround(event);
    const [before, after] = await Promise.all([
      this.#rows(
        parts,
        { ...bounds.filter, ...spanFrom(event.id + 1, "newest_first") },
        "newest_first",
        rows,
      ),
      this.#rows(parts, { ...bounds.filter, ...spanFrom(event.id, "oldest_first") }, "oldest_first", rows),
    ]);
    // All at once: the same pieces hold what several of these look for.
    const found = await this.#store.eventsByIds([...before.ids, ...after.ids]);
    const events = found.map((one) => this.#names.resolved(one));
    const cutBefore = before.cut || event.id > SPAN;
    const fromStart = !cutBefore && !bounds.gapBefore;
    const pair: MessagePair<StoredEvent> | undefined = pairMessages(events, { fromStart }).get(event.id);
    return {
      send: pair?.send ?? (event.kind === "send" ? event : undefined),
      receive: pair?.receive ?? (event.kind === "receive" ? event : undefined),
      certain: (pair?.certain ?? false) && !bounds.inside,
      cutBefore,
      cutAfter: after.cut,
      gapBefore: bounds.gapBefore,
      gapAfter: bounds.gapAfter,
      receives: events.some(({ kind }) => kind === "receive"),
    };
  }

  /** The first event in one direction that `wanted` says yes to; `cut` where there were more to look at. */
  async find(
    from: number,
    filter: EventFilter,
    order: "oldest_first" | "newest_first",
    wanted: (event: StoredEvent) => boolean,
  ): Promise<{ readonly event: StoredEvent | undefined; readonly cut: boolean }> {
    const look = { ...filter, order };
    let [begin, left] = [from, ROWS];
    for (const limit of [...FEW, ROWS]) {
      const most = Math.min(limit, left);
      const found = await this.#store.events({ ...look, ...spanFrom(begin, order, from), limit: most });
      const event = found.find(wanted);
      if (event || found.length < most) return { event, cut: false };
      begin = found.at(-1)!.id;
      left -= most;
    }
    return { event: undefined, cut: true };
  }

  async #rows(
    parts: readonly EventFilter[],
    bounds: EventFilter,
    order: "oldest_first" | "newest_first",
    limit: number,
  ): Promise<{ readonly ids: readonly number[]; readonly cut: boolean }> {
    const found = await Promise.all(
      parts.map((part) => this.#store.events({ ...part, ...bounds, order, limit, withoutPayload: true })),
    );
    return {
      ids: found.flatMap((rows) => rows.map(({ id }) => id)),
      cut: found.some((rows) => rows.length === limit),
    };
  }

  /** The stretch around an event in which nothing about messages was lost. */
  async #bounds(event: StoredEvent): Promise<Bounds> {
    const gaps = (await this.#store.gaps()).filter(losesMessages);
    const before = gaps.filter((gap) => gap.to < event.ts).map((gap) => gap.to);
    const after = gaps.filter((gap) => gap.from > event.ts).map((gap) => gap.from);
    const inside = gaps.some((gap) => gap.from <= event.ts && event.ts <= gap.to);
    const from = before.reduce<bigint | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);
    const to = after.reduce<bigint | undefined>((a, b) => (a !== undefined && a < b ? a : b), undefined);
    return {
      filter: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
      gapBefore: inside || from !== undefined,
      gapAfter: inside || to !== undefined,
      inside,
    };
  }

  /** What may be a half of the same message, or an equal message that stands in its way. */
  #filtersAround(event: StoredEvent): readonly EventFilter[] {
    const receiver = event.kind === "send" ? event.peer : event.pid;
    const tags = [event.tag];
    const toNobodyKnown: EventFilter = { kinds: ["send"], peers: [NONE], tags };
    if (receiver === NONE) return [toNobodyKnown, { kinds: ["receive"], tags }];
    const byName = this.#names.namesOf(receiver);
    return [
      toNobodyKnown,
      { kinds: ["send"], peers: [receiver], tags },
      ...(byName.peers.length === 0 ? [] : [{ kinds: ["send"], ...byName } as const]),
      { kinds: ["receive"], pids: [receiver], tags },
    ];
  }
}

/** Did sends or receives go missing here? Where nobody counted, they may have. */
export const losesMessages = ({ cause, dropped }: Gap): boolean =>
  (Object.keys(dropped).length === 0 && cause !== "code_reload") ||
  (dropped.send ?? 0) > 0 ||
  (dropped.receive ?? 0) > 0;

/** @param origin what the span is counted from */
function spanFrom(from: number, order: "oldest_first" | "newest_first", origin: number = from): EventFilter {
  if (order === "oldest_first") return { afterId: from, beforeId: origin + SPAN };
  return { beforeId: from, afterId: Math.max(0, origin - SPAN) };
}
