import { EVENT_KINDS, type EventBatch } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";

const EVENTS = 512;
const BYTES = 1024 * 1024;

/** Makes batches of events as a tracer does: each of one node, ids without holes. */
export class BatchMaker {
  /** Events so far. */
  made = 0;
  #batch = 0;
  #events: StoredEvent[] = [];
  #bytes = 0;

  /** Is there room for it in this batch, and is it of the same node? */
  takes({ node, payload }: StoredEvent): boolean {
    const first = this.#events[0];
    if (!first) return true;
    return first.node === node && this.#events.length < EVENTS && this.#bytes + payload.length <= BYTES;
  }

  /** @returns its id from now on */
  add(event: StoredEvent): number {
    // The page that it is a view of may be gone when the batch is full.
    this.#events.push({ ...event, payload: event.payload.slice() });
    this.#bytes += event.payload.length;
    this.made += 1;
    return this.made;
  }

  /** What was added since the last one. */
  take(): EventBatch {
    const events = this.#events;
    const bytes = new Uint8Array(this.#bytes);
    const offset = new Uint32Array(events.length);
    let end = 0;
    for (const [i, { payload }] of events.entries()) {
      if (payload.length === 0) continue;
      bytes.set(payload, end);
      offset[i] = end;
      end += payload.length;
    }
    this.#events = [];
    this.#bytes = 0;
    return {
      node: events[0]?.node ?? 0,
      batch: events.length === 0 ? this.#batch : this.#batch++,
      count: events.length,
      firstId: this.made - events.length + 1,
      ts: BigInt64Array.from(events, ({ ts }) => ts),
      kind: Uint8Array.from(events, ({ kind }) => EVENT_KINDS[kind]),
      pid: Int32Array.from(events, ({ pid }) => pid),
      peer: Int32Array.from(events, ({ peer }) => peer),
      mfa: Int32Array.from(events, ({ mfa }) => mfa),
      tag: Int32Array.from(events, ({ tag }) => tag),
      offset,
      length: Uint32Array.from(events, ({ payload }) => payload.length),
      bytes,
    };
  }
}
