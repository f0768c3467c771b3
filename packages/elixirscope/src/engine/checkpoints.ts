import type { PastTables } from "../analysis/index.ts";
import type { EventBatch } from "../model/index.ts";
import { type TraceStore, timeSpan } from "../store/index.ts";

/** Events from one checkpoint to the next: so many have to be looked through for an instant between them. */
const EVENTS = 500_000;
/** And so long at least, as a multiple of what making the last one took: 3% of the time. */
const PAUSE = 33;

/** Writes down from time to time what was folded from the events, so that the past is never far from one of them. */
export class Checkpoints {
  readonly #store: Pick<TraceStore, "putCheckpoint">;
  readonly #tables: PastTables;
  #events = 0;
  #ts = -(2n ** 63n);
  #notBefore = 0;
  /** Processes that had ended at the last one. */
  #ended = 0;

  constructor(store: Pick<TraceStore, "putCheckpoint">, tables: PastTables) {
    this.#store = store;
    this.#tables = tables;
  }

  /** To be called when the tables hold the batch, too. */
  appended(batch: EventBatch): void {
    if (batch.count === 0) return;
    this.#events += batch.count;
    const { last } = timeSpan(batch);
    if (last > this.#ts) this.#ts = last;
    if (this.#events < EVENTS || performance.now() < this.#notBefore) return;
    this.#events = 0;
    const began = performance.now();
    const lastId = batch.firstId + batch.count - 1;
    const { ended } = this.#tables.table;
    const dead = ended > this.#ended ? this.#tables.dumpEnded(this.#ended) : undefined;
    const bytes = this.#tables.dump();
    this.#store.putCheckpoint({ lastId, ts: this.#ts, bytes, ...(dead ? { ended: dead } : {}) });
    this.#ended = ended;
    this.#notBefore = began + (performance.now() - began) * (1 + PAUSE);
  }
}
