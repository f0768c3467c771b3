import type { PastTables } from "../analysis/index.ts";
import type { EventBatch } from "../model/index.ts";
import { type TraceStore, timeSpan } from "../store/index.ts";

/** Events from one checkpoint to the next: so many have to be looked through for an instant between them. */
const EVENTS = 500_000;
/** And so long at least, as a multiple of what making the last one took: 1% of the time. */
const PAUSE = 100;

/** Writes down from time to time what was folded from the events, so that the past is never far from one of them. */
export class Checkpoints {
  readonly #store: Pick<TraceStore, "putCheckpoint">;
  readonly #tables: PastTables;
  #events = 0;
  #ts = -(2n ** 63n);
  #notBefore = 0;

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
    this.#store.putCheckpoint({ lastId, ts: this.#ts, bytes: this.#tables.dump() });
    this.#notBefore = began + (performance.now() - began) * (1 + PAUSE);
  }
}
