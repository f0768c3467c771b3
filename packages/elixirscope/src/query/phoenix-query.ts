import {
  channelsOf,
  type LiveViewSession,
  liveViewSessions,
  type ProcessTable,
  presencesOf,
  type RecordedRequest,
} from "../analysis/index.ts";
import { ElixirScopeError, NONE } from "../model/index.ts";
import type {
  BroadcastList,
  BroadcastRow,
  BroadcastsInput,
  ChannelList,
  ChannelsInput,
  InstantInput,
  JobList,
  JobsInput,
  LiveViewAnswer,
  LiveViewInput,
  LiveViewList,
  LiveViewsInput,
  PresenceList,
  PresencesInput,
  QueriesInput,
  QueryList,
  RequestAnswer,
  RequestList,
  RequestsInput,
  TopicList,
  TopicsInput,
} from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import { nodeFilter } from "./event-filter.ts";
import type { EventRows } from "./event-rows.ts";
import { flowsAt, type Moment } from "./flow-locator.ts";
import { liveViewDetail, liveViewRow } from "./live-view-rows.ts";
import type { Lookup } from "./lookup.ts";
import { newestOf } from "./newest-events.ts";
import { channelRow, type PhoenixParts, termText } from "./phoenix-rows.ts";
import type { ProcessNames } from "./process-names.ts";
import { PubSubQuery } from "./pub-sub-query.ts";
import { RequestsQuery } from "./requests-query.ts";
import { allEvents } from "./table-events.ts";
import { jobList, queryList, type WorkSource } from "./work-query.ts";

/** States of a LiveView that are read: the newest. */
const STATES = 20_000;
const DEFAULT_LIMIT = 100;

/** Telemetry that tells of a LiveView, and of a channel. */
const OF_LIVE_VIEWS = "phoenix.live_*";
const OF_CHANNELS = "phoenix.channel_*";

export interface PhoenixSources {
  readonly store: TraceStore;
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly rows: EventRows;
  readonly clock: PhoenixParts["clock"];
  now(): bigint;
}

/** Questions about Phoenix: requests, LiveViews, topics, broadcasts, channels. */
export class PhoenixQuery {
  readonly #sources: PhoenixSources;
  readonly #parts: PhoenixParts;
  readonly #work: Omit<WorkSource, "events" | "complete">;
  readonly #requests: RequestsQuery;
  readonly #pubSub: PubSubQuery;

  constructor(sources: PhoenixSources) {
    this.#sources = sources;
    this.#parts = {
      clock: sources.clock,
      ref: (index) => sources.names.ref(index),
      text: (term, maxLength) => ({ ...sources.lookup.inspect(term, maxLength), bytes: 0 }),
    };
    const parentOf = (pid: number): number | undefined => {
      const parent = sources.table.processes.get(pid)?.parent ?? NONE;
      return parent === NONE ? undefined : parent;
    };
    this.#work = { parts: this.#parts, parentOf };
    const { store, lookup } = sources;
    this.#requests = new RequestsQuery({ store, lookup, parts: this.#parts, parentOf });
    this.#pubSub = new PubSubQuery({ store, lookup, parts: this.#parts });
  }

  requests(input: RequestsInput): Promise<RequestList> {
    return this.#requests.list(input);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
  request(id: number): Promise<RequestAnswer> {
    return this.#requests.request(id);
  }

  /** With its parts as terms, for tests. @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
  recordedRequest(id: number): Promise<RecordedRequest> {
    return this.#requests.recorded(id);
  }

  async queries(input: QueriesInput): Promise<QueryList> {
    return queryList(input, {
      ...(await this.#newest([{ kinds: ["telemetry", "phoenix"] }], input)),
      ...this.#work,
    });
  }

  async jobs(input: JobsInput): Promise<JobList> {
    return jobList(input, {
      ...(await this.#newest([{ kinds: ["telemetry", "phoenix"] }], input)),
      ...this.#work,
    });
  }

  async liveViews(input: LiveViewsInput): Promise<LiveViewList> {
    const { events, complete } = await this.#ofLiveViews(input);
    const search = input.search ?? "";
    const rows = liveViewSessions(events)
      .filter(({ id, views }) => id.includes(search) || views.some((view) => view.includes(search)))
      .toReversed()
      .slice(0, input.limit ?? DEFAULT_LIMIT)
      .map((session) => liveViewRow(session, this.#parts));
    return { rows, complete };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_LIVE_VIEW` */
  async liveView({ liveView: name, t }: LiveViewInput): Promise<LiveViewAnswer> {
    const { session, states } = await this.recordedLiveView(name, t);
    const detail = liveViewDetail(session, states, this.#parts);
    return { ...detail, steps: await this.#withFlows(detail.steps, session.steps) };
  }

  /** With the states of its processes, oldest first. @throws ElixirScopeError `QUERY_NO_SUCH_LIVE_VIEW` */
  async recordedLiveView(
    name: string,
    t?: number,
  ): Promise<{ readonly session: LiveViewSession; readonly states: readonly StoredEvent[] }> {
    const { events } = await this.#ofLiveViews({ t });
    const sessions = liveViewSessions(events);
    const session = sessions.find(({ id }) => id === name) ?? this.#sessionOfProcess(sessions, name);
    if (!session) {
      throw new ElixirScopeError(
        "QUERY_NO_SUCH_LIVE_VIEW",
        `There is no LiveView ${JSON.stringify(name)} in this recording. Give its id (phx-…) or one of its processes; \`elixirscope liveviews\` lists them.`,
        { liveView: name },
      );
    }
    const states = await this.#sources.store.events({
      kinds: ["state"],
      pids: session.processes,
      ...this.#bounds({ t }),
      order: "newest_first",
      limit: STATES,
    });
    return { session, states: states.toReversed() };
  }

  #sessionOfProcess(sessions: readonly LiveViewSession[], name: string): LiveViewSession | undefined {
    let processes: readonly number[];
    try {
      processes = this.#sources.names.resolveAll(name);
    } catch {
      return undefined;
    }
    return sessions.findLast((session) => session.processes.some((pid) => processes.includes(pid)));
  }

  topics(input: TopicsInput): Promise<TopicList> {
    return this.#pubSub.topics(input);
  }

  broadcasts(input: BroadcastsInput): Promise<BroadcastList> {
    return this.#pubSub.broadcasts(input);
  }

  /** Of these ids, in the order of the record. */
  broadcastsOf(ids: ReadonlySet<number>): Promise<readonly BroadcastRow[]> {
    return this.#pubSub.of(ids);
  }

  async channels(input: ChannelsInput): Promise<ChannelList> {
    const { events, complete } = await this.#ofChannels(input);
    const shown = channelsOf(events)
      .filter(({ topic }) => topic.includes(input.search ?? ""))
      .toReversed()
      .slice(0, input.limit ?? DEFAULT_LIMIT);
    const moments = shown.flatMap(({ pid, steps }) => steps.map(({ ts }) => ({ pid, ts })));
    const flows = await this.#flows(moments);
    let next = 0;
    const rows = shown.map((channel) => {
      const row = channelRow(channel, this.#parts);
      return { ...row, steps: row.steps.map((step) => ({ ...step, flow: flows[next++] ?? null })) };
    });
    return { rows, complete };
  }

  async presences(input: PresencesInput): Promise<PresenceList> {
    const { lookup, clock } = this.#sources;
    const { events: told, complete } = await this.#newest([{ kinds: ["phoenix"] }], input);
    const tracked = presencesOf(told, (pid) => lookup.pid(pid)).map(({ pid }) => pid);
    const events = await this.#withExits(told, tracked, input);
    const search = input.search ?? "";
    const shown = presencesOf(events, (pid) => lookup.pid(pid))
      .filter(({ topic, key }) => topic.includes(search) || key.includes(search))
      .filter(({ leftAt }) => input.present !== true || leftAt === undefined)
      .toReversed()
      .slice(0, input.limit ?? DEFAULT_LIMIT);
    const rows = shown.map(({ id, topic, key, pid, joinedAt, leftAt, by, meta, updates }) => ({
      id,
      flow: null,
      topic,
      key,
      process: pid === NONE ? null : this.#parts.ref(pid),
      t: clock.t(joinedAt),
      at: clock.iso(joinedAt),
      leftAt: leftAt === undefined ? null : clock.t(leftAt),
      by: by ?? null,
      meta: termText(meta, this.#parts),
      updates,
    }));
    const moments = shown.map(({ pid, joinedAt }) => ({ pid, ts: joinedAt }));
    return { rows: await this.#withFlows(rows, moments), complete };
  }

  #flows(moments: readonly Moment[]): Promise<readonly (string | null)[]> {
    return flowsAt(this.#sources.store, this.#sources.lookup, moments);
  }

  /** Rows with the flows of the moments that they are of. */
  async #withFlows<R extends { readonly flow: string | null }>(
    rows: readonly R[],
    moments: readonly Moment[],
  ): Promise<readonly R[]> {
    const flows = await this.#flows(moments);
    return rows.map((row, i) => ({ ...row, flow: flows[i] ?? null }));
  }

  async #ofLiveViews(at: InstantInput): ReturnType<typeof newestOf> {
    const tags = this.#sources.lookup.atomsLike(OF_LIVE_VIEWS);
    const { events, complete } = await this.#newest(
      [{ kinds: ["telemetry"], tags }, { kinds: ["phoenix"] }],
      at,
    );
    const processes = liveViewSessions(events).flatMap((session) => session.processes);
    return { events: await this.#withExits(events, processes, at), complete };
  }

  async #ofChannels(at: InstantInput): ReturnType<typeof newestOf> {
    const tags = this.#sources.lookup.atomsLike(OF_CHANNELS);
    const { events, complete } = await this.#newest(
      [{ kinds: ["telemetry"], tags }, { kinds: ["phoenix"] }],
      at,
    );
    return {
      events: await this.#withExits(
        events,
        channelsOf(events).map(({ pid }) => pid),
        at,
      ),
      complete,
    };
  }

  /** The ends of some processes among what was told: those of all others say nothing here. */
  async #withExits(
    events: readonly StoredEvent[],
    processes: readonly number[],
    at: InstantInput,
  ): Promise<readonly StoredEvent[]> {
    const pids = [...new Set(processes)].filter((pid) => pid !== NONE);
    if (pids.length === 0) return events;
    const bounds = { ...this.#bounds(at), afterId: events[0]!.id };
    const exits = await allEvents(this.#sources.store, { ...bounds, kinds: ["exit"], pids });
    return [...events, ...exits].sort((a, b) => a.id - b.id);
  }

  #newest(filters: readonly EventFilter[], at: InstantInput): ReturnType<typeof newestOf> {
    return newestOf(this.#sources.store, filters, this.#bounds(at));
  }

  /** Up to the instant `t`, on one node, where either is given. @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  #bounds({ t, node }: InstantInput): { readonly to?: bigint; readonly nodes?: readonly number[] } {
    const { clock, lookup } = this.#sources;
    return { ...(t === undefined ? {} : { to: clock.ts(t) }), ...nodeFilter(node, lookup) };
  }
}
