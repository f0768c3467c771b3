import type { EventList, EventsInput } from "elixirscope/protocol";
import {
  addNewer,
  addOlder,
  catchUp,
  EMPTY_BUFFER,
  fromNewest,
  type StreamBuffer,
} from "../../domain/stream-buffer.ts";

export interface StreamState {
  readonly buffer: StreamBuffer;
  readonly phase: "loading" | "ready";
  /** The sentence of the last question that failed; the next one that succeeds takes it away. */
  readonly error: string | undefined;
}

type Ask = (input: EventsInput, signal: AbortSignal) => Promise<EventList>;
type Restriction = Omit<EventsInput, "order" | "limit" | "afterId" | "beforeId">;

const PAGE = 300;
const LIVE_CAP = 2_000;
const PAUSED_CAP = 20_000;

/** Keeps a stretch of the event stream in memory: follows now, or reads on in both directions from an instant. One question at a time. */
export class StreamSource {
  readonly #ask: Ask;
  readonly #restriction: Restriction;
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #state: StreamState = { buffer: EMPTY_BUFFER, phase: "loading", error: undefined };
  #busy = false;
  #wanted: (() => Promise<StreamBuffer>) | undefined;

  constructor(restriction: Restriction, ask: Ask) {
    this.#restriction = restriction;
    this.#ask = ask;
  }

  readonly state = (): StreamState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes over what came since the last question, up to at least the event `upTo`; a missing start is made up for. */
  follow(upTo: number): Promise<void> {
    const { buffer, phase } = this.#state;
    if (phase === "ready" && !buffer.moreNewer && (buffer.rows.at(-1)?.id ?? 0) >= upTo && upTo > 0) {
      return Promise.resolve();
    }
    return this.#run(async () => {
      const last = this.#state.buffer.rows.at(-1);
      const list = await this.#page("newest_first", last ? { afterId: last.id } : {});
      return last ? catchUp(this.#state.buffer, list, LIVE_CAP) : fromNewest(list, false);
    });
  }

  /** Makes the instant `t` part of the stretch. What is already there stays as it is. */
  goTo(t: number): Promise<void> {
    if (this.#holds(t)) return Promise.resolve();
    return this.#run(async () => {
      const { from, to } = this.#restriction;
      const older = await this.#page("newest_first", { to: Math.min(t, to ?? t) });
      const buffer = fromNewest(older, true);
      const last = older.rows[0];
      const start = last ? { afterId: last.id } : { from: Math.max(t, from ?? t) };
      return addNewer(buffer, await this.#page("oldest_first", start), PAUSED_CAP);
    });
  }

  /** From here on rows may be missing at the new end, since nobody follows. */
  stopFollowing(): void {
    const { buffer } = this.#state;
    if (!buffer.moreNewer) this.#set({ buffer: { ...buffer, moreNewer: true } });
  }

  older(): Promise<void> {
    const first = this.#state.buffer.rows[0];
    if (!first || !this.#state.buffer.moreOlder || this.#busy) return Promise.resolve();
    return this.#run(async () =>
      addOlder(this.#state.buffer, await this.#page("newest_first", { beforeId: first.id }), PAUSED_CAP),
    );
  }

  newer(): Promise<void> {
    const last = this.#state.buffer.rows.at(-1);
    if (!last || !this.#state.buffer.moreNewer || this.#busy) return Promise.resolve();
    return this.#run(async () =>
      addNewer(this.#state.buffer, await this.#page("oldest_first", { afterId: last.id }), PAUSED_CAP),
    );
  }

  stop(): void {
    this.#abort.abort();
  }

  #holds(t: number): boolean {
    const { rows, moreNewer } = this.#state.buffer;
    const first = rows[0];
    const last = rows.at(-1);
    if (!first || !last) return false;
    return first.t <= t && (t <= last.t || !moreNewer);
  }

  #page(order: "newest_first" | "oldest_first", bounds: Partial<EventsInput>): Promise<EventList> {
    return this.#ask({ ...this.#restriction, ...bounds, order, limit: PAGE }, this.#abort.signal);
  }

  // While a question is under way the latest wish waits; earlier ones are overtaken by it.
  async #run(load: () => Promise<StreamBuffer>): Promise<void> {
    this.#wanted = load;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#wanted && !this.#abort.signal.aborted) {
      const next = this.#wanted;
      this.#wanted = undefined;
      try {
        this.#set({ buffer: await next(), phase: "ready", error: undefined });
      } catch (error) {
        if (!this.#abort.signal.aborted) {
          this.#set({ phase: "ready", error: error instanceof Error ? error.message : String(error) });
        }
      }
    }
    this.#busy = false;
  }

  #set(change: Partial<StreamState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
