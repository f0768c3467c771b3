import { Pid, type Term } from "@elixirscope/etf";
import { type ProcessState, type ProcessTable, processTree } from "../analysis/index.ts";
import {
  ElixirScopeError,
  EVENT_KINDS,
  type EventKind,
  type Gap,
  isSampled,
  parseMfaPattern,
  SAMPLE_PARTS,
} from "../model/index.ts";
import type {
  AskAnswer,
  AskInput,
  CallList,
  CallsInput,
  CrashAnswer,
  CrashesInput,
  CrashInput,
  CrashList,
  DiagnoseAnswer,
  DiagnoseInput,
  EventDetail,
  EventList,
  EventRow,
  EventsFilter,
  EventsInput,
  ExecutionList,
  ExecutionsInput,
  ExportEvents,
  ExportEventsInput,
  ExportFlows,
  ExportFlowsInput,
  FlowAnswer,
  FlowChoice,
  FlowList,
  FlowsInput,
  GapRow,
  GenerateTestsAnswer,
  GenerateTestsInput,
  History,
  HistoryInput,
  Inventory,
  LineHistory,
  LineHistoryInput,
  LineList,
  LinesInput,
  MessageAnswer,
  ModuleRow,
  NodeFilter,
  ProcessDetail,
  ProcessesInput,
  ProcessList,
  ProcessRef,
  ProcessRow,
  Rates,
  RatesInput,
  ReplayInput,
  StateList,
  StateRow,
  StatesInput,
  Timeline,
  TimelineInput,
  Tree,
} from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import { AnomaliesQuery } from "./anomalies-query.ts";
import { ask } from "./ask-query.ts";
import { CallsQuery } from "./calls-query.ts";
import { Clock } from "./clock.ts";
import { CrashQuery } from "./crash-query.ts";
import { DiagnoseQuery } from "./diagnose-query.ts";
import type { DiagnoseSources } from "./diagnose-sources.ts";
import { evenBuckets } from "./even-buckets.ts";
import { nodeFilter, storeFilter } from "./event-filter.ts";
import { EventRows } from "./event-rows.ts";
import { listEvents } from "./events-query.ts";
import { type ExecutionSources, ExecutionsQuery } from "./executions-query.ts";
import { exportEvents } from "./export-events.ts";
import { flowsAt } from "./flow-locator.ts";
import { type ChosenFlows, FlowQuery } from "./flow-query.ts";
import { generateTests } from "./generate-tests-query.ts";
import { history } from "./history-query.ts";
import { newestInventory } from "./inventory-query.ts";
import { lineHistory, linesOf } from "./lines-query.ts";
import { atomText, type Lookup } from "./lookup.ts";
import { MessageQuery, type MessageSources } from "./message-query.ts";
import { modulesOf } from "./modules-query.ts";
import { MonitorsQuery } from "./monitors-query.ts";
import { PhoenixQuery } from "./phoenix-query.ts";
import { listProcesses } from "./process-list.ts";
import { ProcessNames } from "./process-names.ts";
import { type RecordedCallback, recordedCallbacks } from "./replay-query.ts";
import type { Sources } from "./sources.ts";
import { stateHistory } from "./state-history.ts";
import { timeSpan } from "./time-span.ts";
import { TimeSpentQuery } from "./time-spent-query.ts";
import { TimeTravelQuery } from "./time-travel-query.ts";
import { timeline } from "./timeline-query.ts";
import { TreeRows } from "./tree-rows.ts";

/** Longest state in a list, in characters; the event itself has more. */
const STATE_LENGTH = 20_000;

/** Events from which on buckets are made even: fewer are counted one by one. */
const LARGE = 2_000_000;

/** Samples of a process that become a series. */
const HISTORY_POINTS = 10_000;

const KINDS = Object.keys(EVENT_KINDS) as readonly EventKind[];

/** What questions are asked of: a store, the table of processes that goes with it, and the dictionary. */
export interface Recording {
  readonly store: TraceStore;
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly sources: Sources;
  /** Unix nanoseconds of `t` 0. */
  readonly origin: bigint;
  /** Unix nanoseconds of the instant that counts as now. */
  now(): bigint;
  /** The share of a node's processes that is recorded, 0 to 1. */
  sampleOf(node: number): number;
}

/** One method for each question that a user asks; every answer is safe as JSON. */
export class QueryEngine {
  readonly #recording: Recording;
  readonly #clock: Clock;
  readonly #names: ProcessNames;
  readonly #rows: EventRows;
  readonly #messages: MessageSources;
  readonly #crashes: CrashQuery;
  readonly #diagnosis: DiagnoseQuery;
  /** Requests, LiveViews, topics, broadcasts, channels. */
  readonly phoenix: PhoenixQuery;
  /** Sums, paths, and where time went. */
  readonly work: TimeSpentQuery;
  /** What is usual, and what is not. */
  readonly anomalies: AnomaliesQuery;
  /** Instants of the past. */
  readonly timeTravel: TimeTravelQuery;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#clock = new Clock(recording.origin);
    this.#names = new ProcessNames(recording.table, recording.lookup);
    this.#rows = new EventRows(recording.lookup, this.#names, this.#clock);
    this.#messages = { ...recording, names: this.#names, rows: this.#rows };
    this.phoenix = new PhoenixQuery({
      ...recording,
      names: this.#names,
      rows: this.#rows,
      clock: this.#clock,
    });
    this.timeTravel = new TimeTravelQuery({
      ...this.#messages,
      clock: this.#clock,
      state: (id) => this.#stateRow(id),
      message: (id) => this.message(id),
      flow: (flow) => this.flow(flow),
    });
    this.work = new TimeSpentQuery({
      ...this.#messages,
      sources: recording.sources,
      clock: this.#clock,
      messages: this.#messages,
      flows: this.#flowQuery(),
      request: (id) => this.phoenix.request(id),
    });
    this.anomalies = new AnomaliesQuery(
      {
        aggregate: (input) => this.work.aggregate(input),
        gaps: () => this.gaps(),
        samples: async (process, from, to) =>
          (await this.history({ process, from, to, points: HISTORY_POINTS })).points,
      },
      () => timeSpan({}, { store: recording.store, clock: this.#clock }),
    );
    this.#crashes = new CrashQuery(this.#messages, {
      row: (state) => this.#row(state),
      lastState: (process, beforeId) => this.#lastState(process, beforeId),
    });
    this.#diagnosis = new DiagnoseQuery(this.#diagnoseSources(), this.#flowQuery());
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN`, `BAD_TERM_PATTERN` */
  events(input: EventsInput): Promise<EventList> {
    return listEvents(input, {
      ...this.#recording,
      names: this.#names,
      rows: this.#rows,
      clock: this.#clock,
    });
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_EVENT` */
  async event(id: number): Promise<EventDetail> {
    return this.#rows.detail(await this.#event(id));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_EVENT`, `QUERY_NOT_A_MESSAGE` */
  async message(id: number): Promise<MessageAnswer> {
    return new MessageQuery(this.#messages).answer(await this.#event(id));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  calls(input: CallsInput): Promise<CallList> {
    return new CallsQuery({ ...this.#messages, clock: this.#clock }).list(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `BAD_MFA_PATTERN` */
  executions(input: ExecutionsInput): Promise<ExecutionList> {
    const filter = this.filter({ process: input.process, mfa: input.mfa, node: input.node });
    return new ExecutionsQuery(this.#executionSources()).list(input, filter);
  }

  /** @throws ElixirScopeError `BAD_MFA_PATTERN` */
  lines({ module, t }: LinesInput): Promise<LineList> {
    return linesOf(this.#executionSources(), parseMfaPattern(module), t);
  }

  /** @throws ElixirScopeError `BAD_MFA_PATTERN` */
  lineHistory(input: LineHistoryInput): Promise<LineHistory> {
    return lineHistory(this.#executionSources(), parseMfaPattern(input.module), input);
  }

  /** @param own modules of the applications of the node that is attached */
  modules(own: readonly string[] = []): Promise<readonly ModuleRow[]> {
    const { store, lookup, sources } = this.#recording;
    return modulesOf(store, lookup, sources, own);
  }

  #executionSources(): ExecutionSources {
    const { store, lookup, sources } = this.#recording;
    return { store, lookup, sources, names: this.#names, rows: this.#rows, clock: this.#clock };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async flows(input: FlowsInput): Promise<FlowList> {
    return this.#flowQuery().list(input, this.#flowChoice(input));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_FLOW` */
  flow(text: string): Promise<FlowAnswer> {
    return this.#flowQuery().flow(text);
  }

  /** @throws ElixirScopeError as {@link events} */
  exportEvents(input: ExportEventsInput): Promise<ExportEvents> {
    return exportEvents(input, {
      ...this.#recording,
      names: this.#names,
      rows: this.#rows,
      clock: this.#clock,
    });
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  exportFlows(input: ExportFlowsInput): Promise<ExportFlows> {
    return this.#flowQuery().page(input, this.#flowChoice(input));
  }

  #flowChoice({ process, node }: FlowChoice): ChosenFlows {
    const { nodes } = nodeFilter(node, this.#recording.lookup);
    return { processes: process === undefined ? undefined : this.#names.resolveAll(process), nodes };
  }

  #flowQuery(): FlowQuery {
    const broadcasts = (ids: ReadonlySet<number>) => this.phoenix.broadcastsOf(ids);
    return new FlowQuery({ ...this.#messages, clock: this.#clock, broadcasts });
  }

  async #event(id: number): Promise<StoredEvent> {
    const [event] = await this.#recording.store.events({
      afterId: id - 1,
      beforeId: id + 1,
      order: "oldest_first",
      limit: 1,
    });
    if (event) return event;
    throw new ElixirScopeError("QUERY_NO_SUCH_EVENT", `There is no event ${id} in this recording.`, { id });
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NOT_ENDED` */
  crash(input: CrashInput): Promise<CrashAnswer> {
    return this.#crashes.answer(input);
  }

  crashes(input: CrashesInput): Promise<CrashList> {
    return this.#crashes.list(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_NO_SUCH_REQUEST`, `QUERY_NO_SUCH_LIVE_VIEW` */
  diagnose(input: DiagnoseInput): Promise<DiagnoseAnswer> {
    return this.#diagnosis.answer(input);
  }

  ask(input: AskInput): Promise<AskAnswer> {
    const event = async (id: number): Promise<EventRow> => this.#rows.row(await this.#event(id));
    return ask(input, { diagnose: this.#diagnosis, event });
  }

  #diagnoseSources(): DiagnoseSources {
    return {
      ...this.#recording,
      names: this.#names,
      clock: this.#clock,
      phoenix: this.phoenix,
      calls: (input) => this.calls(input),
      crashes: (input) => this.crashes(input),
      crash: (input) => this.crash(input),
      message: (id) => this.message(id),
    };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async history({ process, points, ...bounds }: HistoryInput): Promise<History> {
    return history(this.#messages, { process, points }, this.filter(bounds), this.#clock);
  }

  /** @throws ElixirScopeError `QUERY_NO_INVENTORY` */
  inventory(): Promise<Inventory> {
    return newestInventory(this.#messages, (ts) => this.#clock.t(ts));
  }

  /** What a question means by its conditions, but for `flow`. @throws ElixirScopeError as {@link events} */
  filter(input: EventsFilter): EventFilter {
    return storeFilter(input, { ...this.#recording, names: this.#names, clock: this.#clock });
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async states(input: StatesInput): Promise<StateList> {
    const { process, ...bounds } = input;
    const parts = {
      store: this.#recording.store,
      processes: this.#names.resolveAll(process),
      filter: this.filter(bounds),
      row: (event: StoredEvent) => this.#rows.row(event),
      term: (bytes: Uint8Array) => this.#rows.term(bytes, STATE_LENGTH),
      inspect: (term: Term, maxLength: number) => this.#recording.lookup.inspect(term, maxLength),
      function: (event: StoredEvent) => this.#recording.lookup.function(event.mfa),
      tag: (event: StoredEvent) => this.#recording.lookup.atomName(event.tag),
      flows: (events: readonly StoredEvent[]) =>
        flowsAt(this.#recording.store, this.#recording.lookup, events),
    };
    return stateHistory(parts, input);
  }

  async #stateRow(id: number): Promise<StateRow | null> {
    const { pid } = await this.#event(id);
    const bounds = { afterId: id - 1, beforeId: id + 1, limit: 1, diff: true };
    const { rows } = await this.states({ process: `p-${pid}`, ...bounds });
    return rows[0] ?? null;
  }

  async #lastState(process: string, beforeId: number): Promise<StateRow | null> {
    const { store } = this.#recording;
    const pids = this.#names.resolveAll(process);
    const [last] = await store.events({ kinds: ["state"], pids, beforeId, order: "newest_first", limit: 1 });
    if (!last) return null;
    const { rows } = await this.states({ process, afterId: last.id - 1, beforeId, limit: 1 });
    return rows[0] ?? null;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async processes(input: ProcessesInput): Promise<ProcessList> {
    const { table, lookup } = this.#recording;
    return listProcesses({ table, lookup, names: this.#names, row: (state) => this.#row(state) }, input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async process(text: string): Promise<ProcessDetail> {
    const index = this.#names.resolve(text);
    const { table, store } = this.#recording;
    const state = table.processes.get(index);
    if (!state) {
      throw new ElixirScopeError(
        "QUERY_NO_SUCH_PROCESS",
        `Nothing is known of ${text} but that messages went to it: it lived on another node, or before the recording.`,
      );
    }
    const eventsByKind = await store.countByKind({ processes: [index] });
    return {
      ...this.#row(state),
      parent: this.#names.ref(state.parent),
      ancestors: state.ancestors.flatMap((ancestor) => this.#ancestor(ancestor)),
      links: [...state.links].flatMap((link) => this.#names.ref(link) ?? []),
      children: [...table.processes.values()]
        .filter((child) => child.parent === index && child.alive)
        .flatMap((child) => this.#names.ref(child.index) ?? []),
      ...(await new MonitorsQuery({ ...this.#recording, names: this.#names, clock: this.#clock }).of(state)),
      inSample: this.#inSample(state),
      events: Object.values(eventsByKind).reduce((sum, count) => sum + count, 0),
      eventsByKind,
    };
  }

  /** Decided as the agent does it, by the hash of the pid. */
  #inSample(state: ProcessState): boolean {
    const share = this.#recording.sampleOf(state.node);
    const { id } = this.#recording.lookup.process(state.index)!;
    return share >= 1 || isSampled(id, Math.round(share * SAMPLE_PARTS));
  }

  #ancestor(ancestor: ProcessState["ancestors"][number]): readonly ProcessRef[] {
    const index = ancestor instanceof Pid ? this.#recording.lookup.pid(ancestor) : this.#named(ancestor);
    const ref = index === undefined ? null : this.#names.ref(index);
    return ref ? [ref] : [];
  }

  #named(name: ProcessState["ancestors"][number]): number | undefined {
    try {
      return this.#names.resolve(this.#recording.lookup.inspect(name, 300).text);
    } catch {
      return undefined;
    }
  }

  /**
   * Callbacks as they are recorded, to be run once more.
   * @throws ElixirScopeError `QUERY_NO_SUCH_EVENT`, `QUERY_NOT_A_CALLBACK`, `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_CALLBACKS`
   */
  callbacks(input: ReplayInput): Promise<readonly RecordedCallback[]> {
    return recordedCallbacks(this.#messages, input);
  }

  /**
   * ExUnit tests of what was recorded.
   * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_EVENT`, `QUERY_NOT_A_CALLBACK`, `QUERY_NO_CALLBACKS`,
   * `QUERY_NO_SUCH_FLOW`, `QUERY_NO_SUCH_REQUEST`, `QUERY_NO_SUCH_LIVE_VIEW`
   */
  generateTests(input: GenerateTestsInput): Promise<GenerateTestsAnswer> {
    return generateTests(input, {
      ...this.#messages,
      clock: this.#clock,
      phoenix: this.phoenix,
      flow: (flow) => this.flow(flow),
    });
  }

  processRef(index: number): ProcessRef | null {
    return this.#names.ref(index);
  }

  /** The pid of the process that a person named, as a term. @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  processTerm(text: string): Pid {
    const entry = this.#recording.lookup.process(this.#names.resolve(text))!;
    return new Pid(entry.node, entry.id, entry.serial, entry.creation);
  }

  #row(state: ProcessState): ProcessRow {
    const { lookup, table } = this.#recording;
    return {
      ...this.#names.ref(state.index)!,
      names: table.names.namesOf(state.index).map(({ text }) => text),
      alive: state.alive,
      initialCall: this.#names.initialCall(state),
      currentFunction: lookup.mfa(state.currentFunction) ?? "",
      application: state.application === "" ? null : atomText(state.application),
      memory: state.sample?.memory ?? null,
      mailbox: state.sample?.mailbox ?? null,
      reductions: state.sample?.reductions ?? null,
      status: state.sample?.status ?? null,
      spawnedAt: state.spawnedAt === undefined ? null : this.#clock.t(state.spawnedAt),
      exitedAt: state.exitedAt === undefined ? null : this.#clock.t(state.exitedAt),
      exitReason: state.exitReason ? this.#rows.term(state.exitReason, 2_000, state.node) : null,
    };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async tree(input: NodeFilter = {}): Promise<Tree> {
    const { table, lookup } = this.#recording;
    const { version } = table;
    const rows = new TreeRows(this.#recording, this.#names, this.#clock);
    const { nodes } = nodeFilter(input.node, lookup);
    return { version, roots: await rows.roots(processTree(table), nodes) };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_AMBIGUOUS_PROCESS` */
  timeline(input: TimelineInput): Promise<Timeline> {
    return timeline({ ...this.#recording, names: this.#names, clock: this.#clock }, input);
  }

  async rates(input: RatesInput): Promise<Rates> {
    const totals = await this.#recording.store.totals();
    const from =
      input.from === undefined ? (totals.first ?? this.#recording.origin) : this.#clock.ts(input.from);
    const end = input.to === undefined ? this.#recording.now() : this.#clock.ts(input.to);
    const asked = { from, to: end > from ? end : from + 1n, buckets: input.buckets ?? 120 };
    const { from: first, to, buckets } = totals.events > LARGE ? evenBuckets(asked) : asked;
    const nodes = nodeFilter(input.node, this.#recording.lookup);
    const series = await this.#recording.store.rates({ from: first, to, buckets, ...nodes });
    const gaps = await this.gaps(input);
    const span = [this.#clock.t(first), this.#clock.t(to)] as const;
    return {
      from: span[0],
      to: span[1],
      bucketNs: (span[1] - span[0]) / buckets,
      series: Object.fromEntries(
        KINDS.flatMap((kind) => (series.has(kind) ? [[kind, series.get(kind)!]] : [])),
      ),
      gaps: gaps.filter((gap) => gap.to >= span[0] && gap.from <= span[1]),
    };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async gaps(input: NodeFilter = {}): Promise<readonly GapRow[]> {
    const { nodes } = nodeFilter(input.node, this.#recording.lookup);
    const gaps = await this.#recording.store.gaps();
    return gaps.filter(({ node }) => nodes?.includes(node) ?? true).map((gap) => this.#gap(gap));
  }

  #gap(gap: Gap): GapRow {
    return {
      from: this.#clock.t(gap.from),
      to: this.#clock.t(gap.to),
      node: gap.node,
      cause: gap.cause,
      dropped: gap.dropped,
      total: Object.values(gap.dropped).reduce((sum, count) => sum + count, 0),
    };
  }
}
