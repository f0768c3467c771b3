import { payloadTerm } from "../analysis/index.ts";
import { type EventFilter, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";

/** What is read of the newest events, one piece after the other: a page of a list is often made of a few of them. */
const PIECES = [1_000, 4_000, 15_000, 30_000] as const;

/** Events that one question reads at most. */
export const NEWEST: number = PIECES.reduce<number>((sum, piece) => sum + piece, 0);

/** The newest events that pass a filter, more of them each time, oldest first. */
export class NewestEvents {
  readonly #store: TraceStore;
  readonly #filter: EventFilter;
  readonly #pieces: number[] = [...PIECES];
  #events: readonly StoredEvent[] = [];
  #complete = false;

  constructor(store: TraceStore, filter: EventFilter) {
    this.#store = store;
    this.#filter = filter;
  }

  /** Reads on, to the next piece. @returns false where there is no more, or no more may be read */
  async more(): Promise<boolean> {
    const limit = this.#complete ? undefined : this.#pieces.shift();
    if (limit === undefined) return false;
    const [oldest] = this.#events;
    const before = oldest ? { beforeId: oldest.id } : {};
    const older = await this.#store.events({ ...this.#filter, ...before, order: "newest_first", limit });
    await readTerms(older);
    this.#events = [...older.toReversed(), ...this.#events];
    this.#complete = older.length < limit;
    return true;
  }

  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Are these all that there are? */
  get complete(): boolean {
    return this.#complete;
  }
}

/** What takes longest of all that is made of them: in slices, and once. */
const readTerms = (events: readonly StoredEvent[]): Promise<unknown> =>
  new Pace().map(events, ({ payload }) => payloadTerm(payload));

/** Of several filters together the newest events, oldest first, and whether those are all that there are. */
export async function newestOf(
  store: TraceStore,
  filters: readonly EventFilter[],
  bounds: Pick<EventFilter, "to" | "nodes">,
): Promise<{ readonly events: readonly StoredEvent[]; readonly complete: boolean }> {
  const lists = await Promise.all(
    filters
      // Of what has no name in the recording there is nothing.
      .filter(({ tags }) => tags?.length !== 0)
      .map((filter) => store.events({ ...filter, ...bounds, order: "newest_first", limit: NEWEST })),
  );
  // Before the oldest of a list that is full others of its kind are missing.
  const cuts = lists.flatMap((list) => (list.length < NEWEST ? [] : [list.at(-1)!.id]));
  const from = Math.max(0, ...cuts);
  const events = lists.flat().filter(({ id }) => id >= from);
  await readTerms(events);
  return { events: events.sort((a, b) => a.id - b.id), complete: cuts.length === 0 };
}
