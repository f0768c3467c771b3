import { callShape, type ProcessTable } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { CallList, CallRow, CallsInput } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent } from "../store/index.ts";
import { CallLists, OTHERS } from "./call-lists.ts";
import { between, type CallEnds, callRow, outcomeOf } from "./call-row.ts";
import type { Clock } from "./clock.ts";
import { nodeFilter } from "./event-filter.ts";
import type { MessageSources } from "./message-query.ts";
import { losesMessages } from "./message-window.ts";
import { NamesAway } from "./names-away.ts";

/** Most requests that are read. */
const REQUESTS = 2_000;
/** Events of some batches. */
const BATCHES = 5_000;
const DEFAULT_LIMIT = 100;

/** Of the calls of some processes, which may lie far apart. */
const OF_SOME = 100;
/** How long behind a stretch of time replies to its calls are looked for. */
const REPLIES_NS = 10_000_000_000n;

export interface CallsSources extends MessageSources {
  readonly clock: Clock;
}

/** The newest `$gen_call` calls of a recording, paired with their replies. */
export class CallsQuery {
  readonly #sources: CallsSources;
  readonly #names: NamesAway;

  constructor(sources: CallsSources) {
    this.#sources = sources;
    this.#names = new NamesAway(sources);
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_NODE` */
  async list(input: CallsInput): Promise<CallList> {
    const { nodes } = nodeFilter(input.node, this.#sources.lookup);
    const tags = [this.#sources.lookup.atom("$gen_call")];
    // No atom, no call: its number would be that of "no tag".
    if (tags[0] === NONE) return { rows: [], scanned: 0, complete: true };
    const most = this.#most(input);
    // Of some processes calls lie far apart: what belongs to them is found first, and its terms are read in one go.
    const apart = most < REQUESTS;
    const asked = await this.#requests(input, tags, most, apart);
    const oldest = asked.at(-1);
    if (!oldest) return { rows: [], scanned: 0, complete: true };
    const end = input.until === undefined ? undefined : this.#sources.clock.ts(input.until) + REPLIES_NS;
    const until = end === undefined ? {} : { to: end };
    const afterId = await this.#before(oldest);
    const lists = await this.#otherEnds(asked, { afterId, ...until }, tags, apart);
    const { requests, ends } = apart
      ? await lists.endsApart(this.#sources.store, asked, oldest.id - afterId, (send) =>
          this.#names.resolved(send),
        )
      : { requests: asked, ends: lists.ends() };
    const { last = 0n } = await this.#sources.store.totals();
    const isCut = end !== undefined && last > end;
    const gaps = (await this.#sources.store.gaps()).filter(losesMessages);
    const pace = new Pace();
    const found = await pace.map(requests, (request): CallEnds | undefined => {
      const lost = gaps.some((gap) => gap.to >= request.ts);
      return this.#passedOn(request) ? undefined : ends.of(request, { lost, isCut });
    });
    const calls = found.filter((call) => call !== undefined);
    const wanted = calls.filter((call) => this.#tookSoLong(call, input) && isOn(call, nodes));
    const shown = this.#ordered(wanted, input.sort ?? "slowest").slice(0, input.limit ?? DEFAULT_LIMIT);
    return {
      rows: await pace.map(shown, (call): CallRow => callRow(call, this.#sources)),
      scanned: requests.length + lists.scanned,
      complete: requests.length < most && lists.horizon === 0,
    };
  }

  /** Slowest: what has no answer waits longest, what is not known comes last. */
  #ordered(calls: readonly CallEnds[], sort: "slowest" | "newest"): readonly CallEnds[] {
    if (sort === "newest") return calls;
    const { table } = this.#sources;
    const weighed = calls.map((call) => ({ call, weight: tookOf(call, table) ?? -1 }));
    weighed.sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight));
    return weighed.map(({ call }) => call);
  }

  #tookSoLong(call: CallEnds, { minNs, maxNs }: CallsInput): boolean {
    if (minNs === undefined && maxNs === undefined) return true;
    const took = tookOf(call, this.#sources.table);
    return took !== undefined && took >= (minNs ?? 0) && took <= (maxNs ?? Number.POSITIVE_INFINITY);
  }

  /** Calls of some processes lie far apart: of these fewer are read, unless more are to be shown. */
  #most({ process, from, to, limit }: CallsInput): number {
    if (process === undefined && from === undefined && to === undefined) return REQUESTS;
    return Math.max(OF_SOME, limit ?? DEFAULT_LIMIT);
  }

  /** An event that all other ends come after. Those of other nodes may stand some batches before what they follow. */
  async #before({ id }: StoredEvent): Promise<number> {
    const nodes = await this.#sources.store.nodes();
    return Math.max(0, id - 1 - (nodes.length > 1 ? BATCHES : 0));
  }

  /** Newest first. What goes to a name on another node has that name as its tag: its shape is looked at afterwards. */
  async #requests(
    input: CallsInput,
    tags: readonly number[],
    most: number,
    withoutPayload: boolean,
  ): Promise<readonly StoredEvent[]> {
    const filter = { ...this.#filter(input), kinds: ["send"] } as const;
    const here = await this.#newest({ ...filter, tags }, most, withoutPayload);
    const away = await this.#requestsAway(filter, most);
    return [...here, ...away].toSorted((a, b) => b.id - a.id).slice(0, most);
  }

  /** To names on other nodes; who held them there is known where those are recorded. */
  async #requestsAway(filter: EventFilter, most: number): Promise<readonly StoredEvent[]> {
    const nodes = this.#sources.lookup.nodeEntries();
    if (nodes.length === 0) return [];
    const { processes, peers, ...rest } = filter;
    const sent = await this.#newest({ ...rest, peers: nodes }, most);
    return sent
      .filter(({ payload }) => callShape(payload)?.type === "call")
      .map((send) => this.#names.resolved(send))
      .filter(({ peer }) => peers?.includes(peer) ?? true)
      .filter(({ pid, peer }) => !processes || processes.includes(pid) || processes.includes(peer));
  }

  /** A request that its receiver gave to another process as it was: the call is that of the first send. */
  #passedOn(request: StoredEvent): boolean {
    const shape = callShape(request.payload);
    const caller = shape?.type === "call" ? this.#sources.lookup.pid(shape.caller) : NONE;
    return caller !== NONE && caller !== request.pid;
  }

  #filter(input: CallsInput): EventFilter {
    const { names, clock } = this.#sources;
    return {
      ...(input.process === undefined ? {} : { processes: names.resolveAll(input.process) }),
      ...(input.from === undefined ? {} : { pids: names.resolveAll(input.from) }),
      ...(input.to === undefined ? {} : { peers: names.resolveAll(input.to) }),
      ...(input.since === undefined ? {} : { from: clock.ts(input.since) }),
      ...(input.until === undefined ? {} : { to: clock.ts(input.until) }),
    };
  }

  /** Receives of the requests, replies, and their receives, from the oldest request on. */
  async #otherEnds(
    requests: readonly StoredEvent[],
    since: EventFilter,
    tags: readonly number[],
    withoutPayload: boolean,
  ): Promise<CallLists> {
    const callers = [...new Set(requests.map(({ pid }) => pid))];
    const callees = [...new Set(requests.map(({ peer }) => peer))].filter((peer) => peer !== NONE);
    const filters: readonly EventFilter[] = [
      { ...since, kinds: ["receive"], pids: callees, tags },
      { ...since, kinds: ["send"], peers: [...callers, NONE], tags: [NONE] },
      { ...since, kinds: ["receive"], pids: callers, tags: [NONE] },
      { ...since, kinds: ["dispatch"], pids: callees, peers: callers },
    ];
    const [received, replies, taken, dispatched] = await Promise.all(
      filters.map((filter) => this.#newest(filter, OTHERS, withoutPayload)),
    );
    return new CallLists({
      received: received!,
      replies: replies!,
      taken: taken!,
      dispatched: dispatched!,
    });
  }

  #newest(filter: EventFilter, limit: number, withoutPayload = false): Promise<readonly StoredEvent[]> {
    return this.#sources.store.events({ ...filter, order: "newest_first", limit, withoutPayload });
  }
}

/** Was it made, or answered, on one of these nodes? */
const isOn = ({ request, received, reply }: CallEnds, nodes: readonly number[] | undefined): boolean =>
  nodes === undefined || [request, received, reply].some((event) => event && nodes.includes(event.node));

/** Nanoseconds from the request to its reply; without an answer endless, `undefined` where it is not known. */
function tookOf(call: CallEnds, table: ProcessTable): number | undefined {
  if (outcomeOf(call, table).outcome === "unanswered") return Number.POSITIVE_INFINITY;
  return between(call.request, call.replyReceived) ?? undefined;
}
