import {
  type Broadcast,
  channelsOf,
  type LiveViewSession,
  liveViewSessions,
  type Pipeline,
  type ProcessTable,
  type PubSubHistory,
  pipelinesOf,
  presencesOf,
  pubSubHistory,
  type Request,
  requestsOf,
  Subscriptions,
} from "../analysis/index.ts";
import { ElixirScopeError, type EventKind, NONE } from "../model/index.ts";
import type {
  BroadcastList,
  BroadcastRow,
  BroadcastsInput,
  ChannelList,
  ChannelsInput,
  JobList,
  JobsInput,
  LiveViewAnswer,
  LiveViewInput,
  LiveViewList,
  LiveViewsInput,
  PresenceList,
  PresencesInput,
  ProcessRef,
  QueriesInput,
  QueryList,
  RequestAnswer,
  RequestList,
  RequestsInput,
  TopicList,
  TopicsInput,
} from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { EventRows } from "./event-rows.ts";
import { flowsAt, type Moment } from "./flow-locator.ts";
import { liveViewDetail, liveViewRow } from "./live-view-rows.ts";
import type { Lookup } from "./lookup.ts";
import { channelRow, type PhoenixParts, requestRow, termText } from "./phoenix-rows.ts";
import type { ProcessNames } from "./process-names.ts";
import { requestSteps } from "./request-steps.ts";
import { allEvents } from "./table-events.ts";
import { thinnedStretches, untold } from "./thinned.ts";
import { jobList, queryList, repeatsByWork, type WorkSource } from "./work-query.ts";

/** Events read for one question: the newest ones of telemetry and Phoenix, all of subscriptions and broadcasts. */
const NEWEST = 50_000;
const SUBSCRIPTIONS = 200_000;
const PIECE = 20_000;
const DEFAULT_LIMIT = 100;
const SHOWN_RECEIVERS = 100;
/** A dispatch follows its broadcast within microseconds, but its event may be in a later batch. */
const SETTLE_NS = 200_000_000n;

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
  }

  async requests(input: RequestsInput): Promise<RequestList> {
    const { events, complete } = await this.#newest(["telemetry"], input.t);
    const found = requestsOf(events)
      .filter(({ path }) => input.path === undefined || path.includes(input.path))
      .filter(({ error, status }) => input.failed !== true || error !== undefined || (status ?? 0) >= 500)
      .toReversed();
    if (input.sort === "slowest") found.sort((a, b) => (b.durationNs ?? 0) - (a.durationNs ?? 0));
    const repeats = repeatsByWork({ events, complete, ...this.#work });
    const shown = found.slice(0, input.limit ?? DEFAULT_LIMIT);
    const rows = shown.map((request) => requestRow(request, this.#parts, repeats.get(request.id) ?? []));
    const moments = shown.map(({ pid, startedAt }) => ({ pid, ts: startedAt }));
    const stretches = await thinnedStretches(this.#sources.store, this.#sources.lookup);
    return { rows: await this.#withFlows(rows, moments), complete, untold: untold(stretches, "telemetry") };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
  async request(id: number): Promise<RequestAnswer> {
    const { events, complete } = await this.#newest(["telemetry"]);
    const isIn = (one: Request): boolean => one.id === id || one.stages.some((stage) => stage.id === id);
    const found = requestsOf(events).find(isIn) ?? (await this.#requestOfPlug(events, id));
    if (!found) {
      throw new ElixirScopeError(
        "QUERY_NO_SUCH_REQUEST",
        `There is no request with the event ${id} in this recording. \`elixirscope requests\` lists them with their ids.`,
        { id },
      );
    }
    const pipeline = (await this.#pipelines(found.pid)).find(({ ids }) => ids.has(found.id));
    return {
      ...requestRow(
        found,
        this.#parts,
        repeatsByWork({ events, complete, ...this.#work }).get(found.id) ?? [],
      ),
      ...requestSteps(found, pipeline, this.#parts),
    };
  }

  async #requestOfPlug(events: readonly StoredEvent[], id: number): Promise<Request | undefined> {
    const [event] = await this.#sources.store.events({
      kinds: ["plug"],
      afterId: id - 1,
      order: "oldest_first",
      limit: 1,
    });
    if (event?.id !== id) return undefined;
    const pipeline = (await this.#pipelines(event.pid)).find(({ steps }) =>
      steps.some((step) => step.id === id),
    );
    return requestsOf(events).find((one) => pipeline?.ids.has(one.id));
  }

  async #pipelines(pid: number): Promise<readonly Pipeline[]> {
    const { store, lookup } = this.#sources;
    const events = await store.events({
      kinds: ["plug", "telemetry"],
      pids: [pid],
      order: "newest_first",
      limit: PIECE,
    });
    return pipelinesOf(events.toReversed().map((event) => ({ ...event, plug: lookup.function(event.mfa) })));
  }

  async queries(input: QueriesInput): Promise<QueryList> {
    return queryList(input, { ...(await this.#newest(["telemetry", "phoenix"])), ...this.#work });
  }

  async jobs(input: JobsInput): Promise<JobList> {
    return jobList(input, { ...(await this.#newest(["telemetry", "phoenix"])), ...this.#work });
  }

  async liveViews(input: LiveViewsInput): Promise<LiveViewList> {
    const { events, complete } = await this.#newest(["telemetry", "phoenix", "exit"], input.t);
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
    const { events } = await this.#newest(["telemetry", "phoenix", "exit"], t);
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
      ...this.#until(t),
      order: "newest_first",
      limit: PIECE,
    });
    const detail = liveViewDetail(session, states.toReversed(), this.#parts);
    return { ...detail, steps: await this.#withFlows(detail.steps, session.steps) };
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

  async topics(input: TopicsInput): Promise<TopicList> {
    const { history, complete } = await this.#pubSub(input.t);
    const rows = history.topics
      .filter(({ topic }) => topic.includes(input.search ?? ""))
      .map((topic) => ({
        pubsub: this.#module(topic.pubsub),
        topic: topic.topic,
        subscribers: this.#refs(topic.subscribers),
        broadcasts: topic.broadcasts,
        unheard: topic.unheard,
        lastBroadcastAt:
          topic.lastBroadcastAt === undefined ? null : this.#sources.clock.t(topic.lastBroadcastAt),
      }))
      .sort((a, b) => b.broadcasts - a.broadcasts || a.topic.localeCompare(b.topic));
    return { rows, complete };
  }

  async broadcasts(input: BroadcastsInput): Promise<BroadcastList> {
    const { history, complete } = await this.#pubSub(input.t);
    const shown = history.broadcasts
      .filter(({ topic }) => input.topic === undefined || topic === input.topic)
      .filter((broadcast) => input.unheard !== true || isUnheard(broadcast))
      .toReversed()
      .slice(0, input.limit ?? DEFAULT_LIMIT);
    const rows = shown.map((broadcast) => this.#broadcast(broadcast));
    return { rows: await this.#withFlows(rows, shown), complete };
  }

  /** Of these ids, in the order of the record. */
  async broadcastsOf(ids: ReadonlySet<number>): Promise<readonly BroadcastRow[]> {
    const { history } = await this.#pubSub();
    return history.broadcasts.filter(({ id }) => ids.has(id)).map((one) => this.#broadcast(one));
  }

  async channels(input: ChannelsInput): Promise<ChannelList> {
    const { events, complete } = await this.#newest(["telemetry", "phoenix", "exit"]);
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
    const { events, complete } = await this.#newest(["phoenix", "exit"]);
    const { lookup, clock } = this.#sources;
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

  #broadcast(broadcast: Broadcast): BroadcastRow {
    const { clock } = this.#sources;
    const reached = broadcast.reached ?? null;
    const nearest = broadcast.nearest && reached === 0 ? broadcast.nearest : null;
    return {
      id: broadcast.id,
      flow: null,
      t: clock.t(broadcast.ts),
      at: clock.iso(broadcast.ts),
      process: this.#parts.ref(broadcast.pid),
      operation: broadcast.operation,
      pubsub: this.#module(broadcast.pubsub),
      topic: broadcast.topic,
      message: broadcast.message === undefined ? null : this.#parts.text(broadcast.message, 2_000),
      reached,
      receivers: this.#refs(broadcast.receivers.slice(0, SHOWN_RECEIVERS)),
      unheard: isUnheard(broadcast),
      nearest,
      verdict: verdict(broadcast, reached, nearest),
    };
  }

  #refs(indexes: readonly number[]): readonly ProcessRef[] {
    return indexes.flatMap((index) => (index === NONE ? [] : (this.#parts.ref(index) ?? [])));
  }

  #module(name: string): string {
    return name.replace(/^Elixir\./, "");
  }

  /** Up to the instant `t`, where one is given. */
  async #newest(
    kinds: readonly EventKind[],
    t?: number,
  ): Promise<{ events: readonly StoredEvent[]; complete: boolean }> {
    const bounds = { ...this.#until(t), order: "newest_first", limit: NEWEST } as const;
    const events = await this.#sources.store.events({ kinds, ...bounds });
    return { events: events.toReversed(), complete: events.length < NEWEST };
  }

  #until(t: number | undefined): { readonly to?: bigint } {
    return t === undefined ? {} : { to: this.#sources.clock.ts(t) };
  }

  /** Ends of the processes that were ever subscribed: those of all others change nothing. */
  async #exitsAmong(told: readonly StoredEvent[], complete: boolean): Promise<readonly StoredEvent[]> {
    const { store, lookup } = this.#sources;
    const [subscribe, known] = [lookup.atom("subscribe"), lookup.atom("subscriptions")];
    const atFirst = new Subscriptions((pid) => lookup.pid(pid));
    for (const event of told) if (event.tag === known) atFirst.step(event);
    const pids = new Set(told.filter(({ tag }) => tag === subscribe).map(({ pid }) => pid));
    for (const byTopic of atFirst.topics.values())
      for (const pid of [...byTopic.values()].flat()) pids.add(pid);
    // Of a part of what was told: as it stood then.
    const bounds = complete ? {} : { beforeId: told.at(-1)!.id };
    return allEvents(store, { ...bounds, kinds: ["exit"], pids: [...pids] });
  }

  /** Subscriptions have to be followed from the beginning. */
  async #pubSub(t?: number): Promise<{ history: PubSubHistory; complete: boolean }> {
    const { store, lookup } = this.#sources;
    const told: StoredEvent[] = [];
    let complete = true;
    for (let afterId = 0; ; afterId = told.at(-1)!.id) {
      const order = "oldest_first" as const;
      const piece = await store.events({ kinds: ["pubsub"], afterId, order, limit: PIECE });
      told.push(...piece);
      if (piece.length < PIECE) break;
      if (told.length >= SUBSCRIPTIONS) {
        complete = false;
        break;
      }
    }
    const events = [...told, ...(await this.#exitsAmong(told, complete))].sort((a, b) => a.id - b.id);
    const gaps = (await store.gaps()).filter(
      ({ dropped }) => !("call" in dropped) || (dropped.call ?? 0) > 0,
    );
    const thinned = (await thinnedStretches(store, lookup)).filter(
      (stretch) => untold([stretch], PUBSUB) > 0 || untold([stretch], CHANNEL_SERVER) > 0,
    );
    const { last } = await store.totals();
    const history = pubSubHistory(events, {
      until: this.#until(t).to,
      indexOf: (pid) => lookup.pid(pid),
      settledAt: (last ?? 0n) - SETTLE_NS,
      // A slice of a busy second may end between a broadcast and its dispatch.
      lost: (ts) => [...gaps, ...thinned].some(({ from, to }) => from <= ts && to >= ts - SETTLE_NS),
    });
    return { history, complete };
  }
}

/** Who calls the dispatchers, and one of these. */
const PUBSUB = "Elixir.Phoenix.PubSub";
const CHANNEL_SERVER = "Elixir.Phoenix.Channel.Server";

/** Somebody was to hear it and nobody did; not where its sender was the only subscriber, and left out. */
const isUnheard = ({ reached, onlySender }: Broadcast): boolean => reached === 0 && !onlySender;

function verdict(
  { topic, onlySender }: Broadcast,
  reached: number | null,
  nearest: BroadcastRow["nearest"],
): string {
  if (reached === null) return `broadcast on ${topic}: whom it reached cannot be told`;
  if (reached > 0)
    return `broadcast on ${topic} reached ${reached === 1 ? "1 process" : `${reached} processes`}`;
  if (onlySender) return `broadcast on ${topic}: its sender is the only subscriber, and was left out`;
  if (!nearest) return `broadcast on ${topic} reached nobody`;
  const { subscribers } = nearest;
  const who = subscribers === 1 ? "1 subscriber" : `${subscribers} subscribers`;
  return `broadcast on ${topic} reached nobody; ${nearest.topic} has ${who}`;
}
