import type { EventKind } from "../../model/index.ts";
import type { Checkpoint, KindRole, Role } from "../past.ts";
import type { EventFilter, StoredEvent } from "../trace-store.ts";
import { type Kept, mayHold } from "./kept.ts";
import { rowMatch } from "./row-match.ts";
import { storedEvent } from "./stored-event.ts";

/** Looks at an instant in the past of a memory store. */
export class MemoryPast {
  /** The store's own. */
  readonly #batches: readonly Kept[];
  readonly #checkpoints: Checkpoint[] = [];

  constructor(batches: readonly Kept[]) {
    this.#batches = batches;
  }

  put(checkpoint: Checkpoint): void {
    const { ended } = checkpoint;
    this.#checkpoints.push({
      ...checkpoint,
      bytes: new Uint8Array(checkpoint.bytes),
      ...(ended ? { ended: new Uint8Array(ended) } : {}),
    });
  }

  checkpoint(ts: bigint): Checkpoint | undefined {
    const found = this.#checkpoints.findLast((checkpoint) => checkpoint.ts <= ts);
    return found && { lastId: found.lastId, ts: found.ts, bytes: found.bytes };
  }

  ended(lastId: number): readonly Uint8Array[] {
    return this.#checkpoints.flatMap((one) => (one.ended && one.lastId <= lastId ? [one.ended] : []));
  }

  idAt(ts: bigint): number {
    const kept = this.#batches.findLast(({ first }) => first <= ts);
    return kept ? kept.batch.firstId + kept.batch.count - 1 : 0;
  }

  newestIds(filter: EventFilter, role: Role): ReadonlyMap<number, number> {
    const match = rowMatch(filter);
    const newest = new Map<number, number>();
    for (const kept of this.#batches) {
      if (!mayHold(kept, filter)) continue;
      const { batch } = kept;
      for (let row = 0; row < batch.count; row++) {
        const process = batch[role][row]!;
        if (process >= 0 && match(batch, row)) newest.set(process, batch.firstId + row);
      }
    }
    return newest;
  }

  newestOfKinds<Kind extends EventKind>(
    filter: EventFilter,
    kinds: readonly KindRole<Kind>[],
  ): ReadonlyMap<Kind, ReadonlyMap<number, number>> {
    const found = kinds.map(
      ({ kind, role }) => [kind, this.newestIds({ ...filter, kinds: [kind] }, role)] as const,
    );
    return new Map(found.filter(([, newest]) => newest.size > 0));
  }

  newestEach(filter: EventFilter, role: Role, each: number): readonly StoredEvent[] {
    const match = rowMatch(filter);
    const found: StoredEvent[] = [];
    const seen = new Map<number, number>();
    for (const kept of this.#batches.toReversed()) {
      if (!mayHold(kept, filter)) continue;
      const { batch } = kept;
      for (let row = batch.count - 1; row >= 0; row--) {
        const process = batch[role][row]!;
        if (process < 0 || !match(batch, row)) continue;
        const count = (seen.get(process) ?? 0) + 1;
        seen.set(process, count);
        if (count <= each) found.push(storedEvent(batch, row, true));
      }
    }
    return found.toReversed();
  }

  eventsByIds(ids: readonly number[]): readonly StoredEvent[] {
    const wanted = [...new Set(ids)].sort((a, b) => a - b);
    const found: StoredEvent[] = [];
    let at = 0;
    for (const { batch } of this.#batches) {
      while (wanted[at]! < batch.firstId) at++;
      for (; wanted[at]! < batch.firstId + batch.count; at++)
        found.push(storedEvent(batch, wanted[at]! - batch.firstId, true));
    }
    return found;
  }
}
