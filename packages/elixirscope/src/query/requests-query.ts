import {
  liveViewSessions,
  locationIn,
  type Pipeline,
  pipelinesOf,
  type RecordedRequest,
  type Request,
  requestsOf,
} from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type { RequestAnswer, RequestList, RequestRow, RequestsInput } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import { nodeFilter } from "./event-filter.ts";
import { flowsAt } from "./flow-locator.ts";
import type { Lookup } from "./lookup.ts";
import { NEWEST, NewestEvents } from "./newest-events.ts";
import { type PhoenixParts, requestRow } from "./phoenix-rows.ts";
import { requestSteps } from "./request-steps.ts";
import { thinnedStretches, untold } from "./thinned.ts";
import { repeatsByWork, type WorkSource } from "./work-query.ts";

const DEFAULT_LIMIT = 100;
/** Events of one process that are looked at around a request, on either side of the event that it is asked for by. */
const OF_PROCESS = 20_000;
/** Beginnings and ends of requests that are looked at for some that have not ended. */
const MARKS = 20_000;
/** Cowboy tells of what it served in another process, a little after the endpoint. */
const SERVED_NS = 10_000_000_000n;
const SERVED = 2_000;
/** Clocks of an event and of the durations in it differ by this at most. */
const SLACK_NS = 200_000n;

const [START, STOP] = ["phoenix.endpoint.start", "phoenix.endpoint.stop"] as const;
const SERVER_ENDS = ["cowboy.request.stop", "cowboy.request.exception"] as const;

export interface RequestsSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly parts: PhoenixParts;
  readonly parentOf: WorkSource["parentOf"];
}

/** Questions about HTTP requests, which are put together from telemetry. */
export class RequestsQuery {
  readonly #sources: RequestsSources;

  constructor(sources: RequestsSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async list(input: RequestsInput): Promise<RequestList> {
    const { store, lookup, parts } = this.#sources;
    const until = {
      ...(input.t === undefined ? {} : { to: parts.clock.ts(input.t) }),
      ...nodeFilter(input.node, lookup),
    };
    const limit = input.limit ?? DEFAULT_LIMIT;
    const newest = new NewestEvents(store, { kinds: ["telemetry"], ...until });
    let found: readonly Request[] = [];
    while (await newest.more()) {
      found = requestsOf(newest.events).filter((one) => isWanted(one, input));
      if (input.sort !== "slowest" && beganIn(newest.events, found.slice(-limit), limit)) break;
    }
    if (!newest.complete) {
      const began = await this.#openBefore(newest.events, until);
      const events = [...began, ...newest.events];
      if (began.length > 0) found = requestsOf(events).filter((one) => isWanted(one, input));
    }
    const order = found.toReversed();
    if (input.sort === "slowest") order.sort((a, b) => (b.durationNs ?? 0) - (a.durationNs ?? 0));
    const rows = await this.#rows(newest.events, order.slice(0, limit));
    const stretches = await thinnedStretches(store, lookup);
    return { rows, complete: newest.complete, untold: untold(stretches, "telemetry") };
  }

  async #rows(events: readonly StoredEvent[], shown: readonly Request[]): Promise<readonly RequestRow[]> {
    const { store, lookup, parts } = this.#sources;
    const from = shown.reduce<bigint | undefined>(
      (least, { startedAt }) => (least === undefined || startedAt < least ? startedAt : least),
      undefined,
    );
    const since = from === undefined ? [] : events.filter(({ ts }) => ts >= from - SLACK_NS);
    const repeats = this.#repeats(since);
    const flows = await flowsAt(
      store,
      lookup,
      shown.map(({ pid, startedAt }) => ({ pid, ts: startedAt })),
    );
    return new Pace().map(shown, (request, i) => ({
      ...requestRow(request, parts, repeats.get(request.id) ?? []),
      flow: flows[i] ?? null,
    }));
  }

  #repeats(events: readonly StoredEvent[]): ReturnType<typeof repeatsByWork> {
    const { parts, parentOf } = this.#sources;
    return repeatsByWork({ events, complete: true, parts, parentOf });
  }

  /** Beginnings of requests that have not ended, older than what was read: those are what one looks for first. */
  async #openBefore(
    events: readonly StoredEvent[],
    until: Pick<EventFilter, "to" | "nodes">,
  ): Promise<readonly StoredEvent[]> {
    const { store, lookup } = this.#sources;
    const [start] = lookup.atomsNamed(START);
    const tags = [...lookup.atomsNamed(START), ...lookup.atomsNamed(STOP)];
    const [oldest] = events;
    if (start === undefined || !oldest) return [];
    const marks = await store.events({
      kinds: ["telemetry"],
      tags,
      ...until,
      beforeId: oldest.id,
      order: "newest_first",
      limit: MARKS,
      withoutPayload: true,
    });
    const later = new Set(events.filter(({ tag }) => tags.includes(tag)).map(({ pid }) => pid));
    const open: number[] = [];
    for (const { id, pid, tag } of marks) {
      if (!later.has(pid) && tag === start) open.push(id);
      later.add(pid);
    }
    return store.eventsByIds(open);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
  async request(id: number): Promise<RequestAnswer> {
    const { store, lookup, parts } = this.#sources;
    const { found, pipeline, events } = await this.#found(id);
    const [flow] = await flowsAt(store, lookup, [{ pid: found.pid, ts: found.startedAt }]);
    return {
      ...requestRow(found, parts, this.#repeats(events).get(found.id) ?? []),
      flow: flow ?? null,
      liveView: liveViewOf(found, events),
      ...requestSteps(found, pipeline, parts),
    };
  }

  /** With its parts as terms. @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
  async recorded(id: number): Promise<RecordedRequest> {
    const { found, pipeline, events } = await this.#found(id);
    const { id: event, durationNs, status, error, pid } = found;
    return {
      ...found,
      event,
      status: durationNs === undefined ? undefined : status,
      raised: error !== undefined,
      endpoint: pipeline?.steps.find(({ type }) => type === "endpoint")?.module,
      location: locationIn(
        events.filter((one) => one.pid === pid),
        found,
      ),
    };
  }

  async #found(id: number): Promise<{
    readonly found: Request;
    readonly pipeline: Pipeline | undefined;
    readonly events: readonly StoredEvent[];
  }> {
    const { store } = this.#sources;
    const [event] = await store.eventsByIds([id]);
    const own = event ? await this.#ofProcess(event) : [];
    const pipelines = this.#pipelines(own);
    const known = event && (await this.#requestOf(event, own, pipelines));
    if (!known) {
      throw new ElixirScopeError(
        "QUERY_NO_SUCH_REQUEST",
        `There is no request with the event ${id} in this recording. \`elixirscope requests\` lists them with their ids.`,
        { id },
      );
    }
    const events = await this.#around(known, own);
    const found = requestsOf(events).find((one) => one.id === known.id) ?? known;
    // Asked for by an event of the server, it is another process that served it.
    const its = found.pid === event.pid ? pipelines : this.#pipelines(await this.#ofProcess(found));
    const pipeline = its.find(({ ids }) => ids.has(found.id));
    return { found, pipeline, events };
  }

  /** What a process told around an event, oldest first. */
  async #ofProcess({ id, pid }: Pick<StoredEvent, "id" | "pid">): Promise<readonly StoredEvent[]> {
    const { store } = this.#sources;
    const look = { kinds: ["telemetry", "plug"], pids: [pid], limit: OF_PROCESS } as const;
    const [before, after] = await Promise.all([
      store.events({ ...look, beforeId: id + 1, order: "newest_first" }),
      store.events({ ...look, afterId: id, order: "oldest_first" }),
    ]);
    return [...before.toReversed(), ...after];
  }

  #pipelines(events: readonly StoredEvent[]): readonly Pipeline[] {
    const { lookup } = this.#sources;
    return pipelinesOf(events.map((event) => ({ ...event, plug: lookup.function(event.mfa) })));
  }

  /** The request that an event is of: of telemetry of the endpoint, a stage, a plug. */
  async #requestOf(
    event: StoredEvent,
    own: readonly StoredEvent[],
    pipelines: readonly Pipeline[],
  ): Promise<Request | undefined> {
    const { id, ts, kind } = event;
    const isIn = (one: Request): boolean => one.id === id || one.stages.some((stage) => stage.id === id);
    if (kind === "plug") {
      const pipeline = pipelines.find(({ steps }) => steps.some((step) => step.id === id));
      return requestsOf(own).find((one) => pipeline?.ids.has(one.id));
    }
    if (kind !== "telemetry") return undefined;
    const found = requestsOf(own).find(isIn);
    if (found) return found;
    const before = { from: ts - SERVED_NS, to: ts, order: "oldest_first", limit: NEWEST } as const;
    return requestsOf(await this.#sources.store.events({ kinds: ["telemetry"], ...before })).find(isIn);
  }

  /** All that was told while a request was under way, what its process told after it, and what Cowboy did. */
  async #around(
    { startedAt, durationNs }: Request,
    own: readonly StoredEvent[],
  ): Promise<readonly StoredEvent[]> {
    const { store, lookup } = this.#sources;
    const end = durationNs === undefined ? undefined : startedAt + BigInt(durationNs);
    const from = startedAt - SLACK_NS;
    const look = { kinds: ["telemetry"], from, order: "oldest_first" } as const;
    const until = end === undefined ? {} : { to: end + SLACK_NS };
    const tags = SERVER_ENDS.flatMap((name) => lookup.atomsNamed(name));
    const [meanwhile, served] = await Promise.all([
      store.events({ ...look, ...until, limit: NEWEST }),
      end === undefined || tags.length === 0
        ? []
        : store.events({ ...look, tags, to: end + SERVED_NS, limit: SERVED }),
    ]);
    const all = [...own.filter(({ ts }) => ts >= from), ...meanwhile, ...served];
    return [...new Map(all.map((event) => [event.id, event])).values()].sort((a, b) => a.id - b.id);
  }
}

/** The LiveView that was mounted in the request's own process, before its page was sent. */
function liveViewOf(request: Request, events: readonly StoredEvent[]): string | null {
  const { pid, startedAt, durationNs } = request;
  const end = durationNs === undefined ? undefined : startedAt + BigInt(durationNs) + SLACK_NS;
  // The same process serves the requests of its connection one after the other.
  const own = events.filter((event) => event.pid === pid && (end === undefined || event.ts <= end));
  return liveViewSessions(own).find(({ steps }) => steps.some(({ connected }) => !connected))?.id ?? null;
}

const isWanted = ({ path, error, status }: Request, { path: part, failed }: RequestsInput): boolean =>
  (part === undefined || path.includes(part)) &&
  (failed !== true || error !== undefined || (status ?? 0) >= 500);

/** Are these as many as were asked for, and each known from its beginning? */
function beganIn(events: readonly StoredEvent[], found: readonly Request[], limit: number): boolean {
  const since = events[0]?.ts ?? 0n;
  return found.length === limit && found.every(({ startedAt }) => startedAt - SLACK_NS > since);
}
