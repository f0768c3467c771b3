import { type MessagePair, pairMessages } from "../analysis/index.ts";
import { type Gap, NONE } from "../model/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";

/** How far to look, on either side of an event: rows of each sort, and ids. */
const ROWS = 1_000;
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

/** The sends and receives around one of them, in bounded amounts. */
export class MessageWindow {
  readonly #store: TraceStore;

  constructor(store: TraceStore) {
    this.#store = store;
  }

  async halves(event: StoredEvent): Promise<Halves> {
    const bounds = await this.#bounds(event);
    const parts = filtersAround(event);
    const [before, after] = await Promise.all([
      this.#read(parts, { ...bounds.filter, beforeId: event.id + 1 }, "newest_first"),
      this.#read(parts, { ...bounds.filter, afterId: event.id }, "oldest_first"),
    ]);
    const events = [...before.events, ...after.events];
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
    const found = await this.#store.events({ ...filter, ...spanFrom(from, order), order, limit: ROWS });
    return { event: found.find(wanted), cut: found.length === ROWS };
  }

  async #read(
    parts: readonly EventFilter[],
    bounds: EventFilter & { readonly beforeId?: number; readonly afterId?: number },
    order: "oldest_first" | "newest_first",
  ): Promise<{ readonly events: readonly StoredEvent[]; readonly cut: boolean }> {
    const from = order === "oldest_first" ? bounds.afterId! : bounds.beforeId!;
    const span = { ...bounds, ...spanFrom(from, order) };
    const found = await Promise.all(
      parts.map((part) => this.#store.events({ ...part, ...span, order, limit: ROWS })),
    );
    return { events: found.flat(), cut: found.some((rows) => rows.length === ROWS) };
  }

  /** The stretch around an event in which nothing about messages was lost. */
  async #bounds(event: StoredEvent): Promise<{
    readonly filter: EventFilter;
    readonly gapBefore: boolean;
    readonly gapAfter: boolean;
    readonly inside: boolean;
  }> {
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
}

/** Did sends or receives go missing here? Where nobody counted, they may have. */
export const losesMessages = ({ cause, dropped }: Gap): boolean =>
  (Object.keys(dropped).length === 0 && cause !== "code_reload") ||
  (dropped.send ?? 0) > 0 ||
  (dropped.receive ?? 0) > 0;

function spanFrom(from: number, order: "oldest_first" | "newest_first"): EventFilter {
  if (order === "oldest_first") return { afterId: from, beforeId: from + SPAN };
  return { beforeId: from, afterId: Math.max(0, from - SPAN) };
}

/** What may be a half of the same message, or an equal message that stands in its way. */
function filtersAround(event: StoredEvent): readonly EventFilter[] {
  const receiver = event.kind === "send" ? event.peer : event.pid;
  const tags = [event.tag];
  const toNobodyKnown: EventFilter = { kinds: ["send"], peers: [NONE], tags };
  if (receiver === NONE) return [toNobodyKnown, { kinds: ["receive"], tags }];
  return [
    toNobodyKnown,
    { kinds: ["send"], peers: [receiver], tags },
    { kinds: ["receive"], pids: [receiver], tags },
  ];
}
