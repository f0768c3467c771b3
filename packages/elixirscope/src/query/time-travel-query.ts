import type {
  ChangeAnswer,
  ChangeInput,
  DiffAnswer,
  DiffInput,
  FlowAnswer,
  MessageAnswer,
  Snapshot,
  SnapshotInput,
  StateRow,
  StepAnswer,
  StepInput,
  UntilAnswer,
  UntilInput,
} from "../protocol/index.ts";
import type { Clock } from "./clock.ts";
import { diffStates } from "./diff-query.ts";
import type { MessageSources } from "./message-query.ts";
import { SnapshotQuery } from "./snapshot-query.ts";
import { step } from "./step-query.ts";
import { lastChange, until } from "./until-query.ts";

/** What time travel asks of the recording, and of other questions. */
export interface TimeTravelSources extends MessageSources {
  readonly clock: Clock;
  /** The row of a `state` event, with what changed in it. */
  state(id: number): Promise<StateRow | null>;
  message(id: number): Promise<MessageAnswer>;
  flow(flow: string): Promise<FlowAnswer>;
}

/** Questions about instants of the past: TimeTravel. */
export class TimeTravelQuery {
  readonly #sources: TimeTravelSources;

  constructor(sources: TimeTravelSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  snapshotAt(input: SnapshotInput): Promise<Snapshot> {
    return new SnapshotQuery(this.#sources, this.#sources.clock).at(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW` */
  step(input: StepInput): Promise<StepAnswer> {
    return step(this.#sources, input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `BAD_TERM_PATTERN`, `QUERY_NO_CONDITION` */
  until(input: UntilInput): Promise<UntilAnswer> {
    return until(this.#sources, input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  diff(input: DiffInput): Promise<DiffAnswer> {
    return diffStates(this.#sources, input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `BAD_TERM_PATTERN` */
  lastChange(input: ChangeInput): Promise<ChangeAnswer> {
    return lastChange(this.#sources, input);
  }
}
