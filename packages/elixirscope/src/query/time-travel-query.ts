import type { Snapshot, SnapshotInput } from "../protocol/index.ts";
import type { Clock } from "./clock.ts";
import type { MessageSources } from "./message-query.ts";
import { SnapshotQuery } from "./snapshot-query.ts";

/** Questions about instants of the past: TimeTravel. */
export class TimeTravelQuery {
  readonly #sources: MessageSources;
  readonly #clock: Clock;

  constructor(sources: MessageSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  snapshotAt(input: SnapshotInput): Promise<Snapshot> {
    return new SnapshotQuery(this.#sources, this.#clock).at(input);
  }
}
