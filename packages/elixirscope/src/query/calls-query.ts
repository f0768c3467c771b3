import { callShape } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { CallList, CallRow, CallsInput } from "../protocol/index.ts";
import type { EventFilter, StoredEvent } from "../store/index.ts";
import { between, type CallEnds, callRow, outcomeOf } from "./call-row.ts";
import { dispatchTag } from "./dispatch-query.ts";
import type { MessageSources } from "./message-query.ts";
import { losesMessages } from "./message-window.ts";

/** Most events that are read: requests, and each of the other three ends. */
const REQUESTS = 2_000;
const OTHERS = 10_000;
/** Events of some batches. */
const BATCHES = 5_000;
const DEFAULT_LIMIT = 100;

/** The newest `$gen_call` calls of a recording, paired with their replies. */
export class CallsQuery {
  readonly #sources: MessageSources;

  constructor(sources: MessageSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async list(input: CallsInput): Promise<CallList> {
    const tags = [this.#sources.lookup.atom("$gen_call")];
    // No atom, no call: its number would be that of "no tag".
    if (tags[0] === NONE) return { rows: [], scanned: 0, complete: true };
    const requests = await this.#requests(input, tags);
    const oldest = requests.at(-1);
    if (!oldest) return { rows: [], scanned: 0, complete: true };
    const ends = await this.#otherEnds(requests, { afterId: await this.#before(oldest) }, tags);
    const gaps = (await this.#sources.store.gaps()).filter(losesMessages);
    const calls = requests.flatMap((request): readonly CallEnds[] => {
      const lost = gaps.some((gap) => gap.to >= request.ts);
      const found = this.#passedOn(request) ? undefined : ends.of(request, lost);
      return found ? [found] : [];
    });
    const shown = this.#ordered(calls, input.sort ?? "slowest").slice(0, input.limit ?? DEFAULT_LIMIT);
    return {
      rows: shown.map((call): CallRow => callRow(call, this.#sources)),
      scanned: requests.length + ends.scanned,
      complete: requests.length < REQUESTS && ends.horizon === 0,
    };
  }

  /** Slowest: what has no answer waits longest, what is not known comes last. */
  #ordered(calls: readonly CallEnds[], sort: "slowest" | "newest"): readonly CallEnds[] {
    if (sort === "newest") return calls;
    const { table } = this.#sources;
    const weighed = calls.map((call) => {
      const isOpen = outcomeOf(call, table).outcome === "unanswered";
      const latency = between(call.request, call.replyReceived) ?? -1;
      return { call, weight: isOpen ? Number.POSITIVE_INFINITY : latency };
    });
    weighed.sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight));
    return weighed.map(({ call }) => call);
  }

  /** An event that all other ends come after. Those of other nodes may stand some batches before what they follow. */
  async #before({ id }: StoredEvent): Promise<number> {
    const nodes = await this.#sources.store.nodes();
    return Math.max(0, id - 1 - (nodes.length > 1 ? BATCHES : 0));
  }

  /** Newest first. What goes to a name on another node has that name as its tag: its shape is looked at afterwards. */
  async #requests(input: CallsInput, tags: readonly number[]): Promise<readonly StoredEvent[]> {
    const filter = { ...this.#filter(input), kinds: ["send"] } as const;
    const here = await this.#newest({ ...filter, tags }, REQUESTS);
    const nodes = this.#sources.lookup.nodeEntries().filter((node) => filter.peers?.includes(node) ?? true);
    if (nodes.length === 0) return here;
    const away = await this.#newest({ ...filter, peers: nodes }, REQUESTS);
    const calls = away.filter(({ payload }) => callShape(payload)?.type === "call");
    return [...here, ...calls].toSorted((a, b) => b.id - a.id).slice(0, REQUESTS);
  }

  /** A request that its receiver gave to another process as it was: the call is that of the first send. */
  #passedOn(request: StoredEvent): boolean {
    const shape = callShape(request.payload);
    const caller = shape?.type === "call" ? this.#sources.lookup.pid(shape.caller) : NONE;
    return caller !== NONE && caller !== request.pid;
  }

  #filter(input: CallsInput): EventFilter {
    const { names } = this.#sources;
    return {
      ...(input.process === undefined ? {} : { processes: names.resolveAll(input.process) }),
      ...(input.from === undefined ? {} : { pids: names.resolveAll(input.from) }),
      ...(input.to === undefined ? {} : { peers: names.resolveAll(input.to) }),
    };
  }

  /** Receives of the requests, replies, and their receives, from the oldest request on. */
  async #otherEnds(
    requests: readonly StoredEvent[],
    since: EventFilter,
    tags: readonly number[],
  ): Promise<Ends> {
    const callers = [...new Set(requests.map(({ pid }) => pid))];
    const callees = [...new Set(requests.map(({ peer }) => peer))].filter((peer) => peer !== NONE);
    const filters: readonly EventFilter[] = [
      { ...since, kinds: ["receive"], pids: callees, tags },
      { ...since, kinds: ["send"], peers: [...callers, NONE], tags: [NONE] },
      { ...since, kinds: ["receive"], pids: callers, tags: [NONE] },
      { ...since, kinds: ["dispatch"], pids: callees, peers: callers },
    ];
    const [received, replies, taken, dispatched] = await Promise.all(
      filters.map((filter) => this.#newest(filter, OTHERS)),
    );
    return new Ends(received!, replies!, taken!, dispatched!);
  }

  #newest(filter: EventFilter, limit: number): Promise<readonly StoredEvent[]> {
    return this.#sources.store.events({ ...filter, order: "newest_first", limit });
  }
}

/** The ends of calls that are not the request, and the beginnings of their callbacks, by the call's tag, which no two calls share. */
class Ends {
  readonly #received = new Map<string, StoredEvent>();
  readonly #dispatched = new Map<string, StoredEvent>();
  readonly #replies: ReadonlyMap<string, StoredEvent>;
  readonly #taken: ReadonlyMap<string, StoredEvent>;
  /** Before this id not everything was read; 0: everything was. */
  readonly horizon: number;
  readonly scanned: number;

  constructor(
    received: readonly StoredEvent[],
    replies: readonly StoredEvent[],
    taken: readonly StoredEvent[],
    dispatched: readonly StoredEvent[],
  ) {
    for (const event of dispatched) {
      const tag = dispatchTag(event);
      if (tag !== undefined) this.#dispatched.set(tag, event);
    }
    for (const event of received) this.#received.set(`${event.pid}:${tagOf(event)}`, event);
    this.#replies = byTag(replies);
    this.#taken = byTag(taken);
    const lists = [received, replies, taken, dispatched];
    this.scanned = lists.reduce((sum, list) => sum + list.length, 0);
    this.horizon = Math.max(...lists.map((list) => (list.length < OTHERS ? 0 : list.at(-1)!.id)));
  }

  /** `undefined` for what is no call after all. */
  of(request: StoredEvent, lost: boolean): CallEnds | undefined {
    const shape = callShape(request.payload);
    if (shape?.type !== "call") return undefined;
    const blind = lost
      ? "Unknown: events were lost after the request."
      : request.id < this.horizon
        ? "Unknown: not found among the events searched."
        : "";
    return {
      type: shape.type,
      caller: request.pid,
      request,
      received: this.#received.get(`${request.peer}:${shape.tag}`),
      dispatch: this.#dispatched.get(shape.tag),
      reply: this.#replies.get(shape.tag),
      replyReceived: this.#taken.get(shape.tag),
      blind,
    };
  }
}

function tagOf(event: StoredEvent): string | undefined {
  const shape = callShape(event.payload);
  return shape && shape.type !== "cast" ? shape.tag : undefined;
}

/** The first reply counts, should there be several: lists come newest first. */
function byTag(events: readonly StoredEvent[]): ReadonlyMap<string, StoredEvent> {
  const found = new Map<string, StoredEvent>();
  for (const event of events) {
    const shape = callShape(event.payload);
    if (shape?.type === "reply") found.set(shape.tag, event);
  }
  return found;
}
