import type { ProcessTable } from "../analysis/index.ts";
import type {
  AggregateAnswer,
  AggregateInput,
  CallGraphAnswer,
  CriticalPathAnswer,
  FlameAnswer,
  HotAnswer,
  LastEventsAnswer,
  LastEventsInput,
  MessageFlowAnswer,
  MessageFlowInput,
  PathAnswer,
  PathInput,
  SlowestAnswer,
  WaitsAnswer,
  WorkInput,
} from "../protocol/index.ts";
import { AggregateQuery } from "./aggregate-query.ts";
import { criticalOf } from "./critical-query.ts";
import { lastEvents } from "./last-events-query.ts";
import { MessageFlowQuery } from "./message-flow-query.ts";
import { PathQuery, type PathSources } from "./path-query.ts";
import { PerformanceQuery } from "./performance-query.ts";
import { waitsOf } from "./waits-query.ts";

/** Sums over the record, paths through it, and where time went. Part of the `QueryEngine`. */
export class TimeSpentQuery {
  readonly #sources: PathSources & { readonly table: ProcessTable };
  readonly #performance: PerformanceQuery;

  constructor(sources: PathSources & { readonly table: ProcessTable }) {
    this.#sources = sources;
    this.#performance = new PerformanceQuery(sources);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_TOO_FINE`, `QUERY_NO_AGGREGATE`, `BAD_MFA_PATTERN` */
  aggregate(input: AggregateInput): Promise<AggregateAnswer> {
    return new AggregateQuery(this.#sources).answer(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  messageFlow(input: MessageFlowInput): Promise<MessageFlowAnswer> {
    return new MessageFlowQuery(this.#sources).answer(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_NO_SUCH_REQUEST` */
  path(input: PathInput): Promise<PathAnswer> {
    return new PathQuery(this.#sources).answer(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NOT_ENDED` */
  lastEvents(input: LastEventsInput): Promise<LastEventsAnswer> {
    return lastEvents(input, this.#sources);
  }

  callGraph(input: WorkInput): Promise<CallGraphAnswer> {
    return this.#performance.callGraph(input);
  }

  slowest(input: WorkInput): Promise<SlowestAnswer> {
    return this.#performance.slowest(input);
  }

  flame(input: WorkInput): Promise<FlameAnswer> {
    return this.#performance.flame(input);
  }

  hot(input: WorkInput): Promise<HotAnswer> {
    return this.#performance.hot(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW` */
  waits(input: WorkInput): Promise<WaitsAnswer> {
    return waitsOf(input, this.#sources);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_FLOW` */
  criticalPath(flow: string): Promise<CriticalPathAnswer> {
    return criticalOf(flow, this.#sources);
  }
}
