import { callShape } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { CallEnds } from "./call-row.ts";
import { dispatchTag } from "./dispatch-query.ts";

/** Most events that are read of each sort. */
export const OTHERS = 10_000;

/** What may be ends of calls, newest first: receives of requests, replies, receives of these, and beginnings of callbacks. */
interface Lists {
  readonly received: readonly StoredEvent[];
  readonly replies: readonly StoredEvent[];
  readonly taken: readonly StoredEvent[];
  readonly dispatched: readonly StoredEvent[];
}

type Where = (event: StoredEvent) => boolean;

/** What was read to find the ends of calls. */
export class CallLists {
  readonly #lists: Lists;
  /** Before this id not everything was read; 0: everything was. */
  readonly horizon: number;
  readonly scanned: number;

  constructor(lists: Lists) {
    this.#lists = lists;
    const all = Object.values(lists) as Lists[keyof Lists][];
    this.horizon = Math.max(...all.map((list) => (list.length < OTHERS ? 0 : list.at(-1)!.id)));
    this.scanned = all.reduce((sum, list) => sum + list.length, 0);
  }

  ends(): Ends {
    return new Ends(this.#lists, this.horizon);
  }

  /**
   * Where requests and lists came without their terms: a caller waits, so that the next reply that it takes in is nearly always its
   * own, and the rest of the call lies before it. Of calls whose answer that did not find everything is read.
   *
   * @param before how far before its request an event of a call may stand
   * @param resolved a request with the process in the place of a name
   */
  async endsApart(
    store: TraceStore,
    asked: readonly StoredEvent[],
    before: number,
    resolved: (send: StoredEvent) => StoredEvent,
  ): Promise<{ readonly requests: readonly StoredEvent[]; readonly ends: Ends }> {
    const terms = new Map<number, StoredEvent>();
    const read = async (lists: Lists): Promise<Lists> => {
      const wanted = [...asked, ...Object.values(lists).flat()] as readonly StoredEvent[];
      const missing = wanted.filter(({ id }) => !terms.has(id)).map(({ id }) => id);
      for (const event of await store.eventsByIds(missing)) terms.set(event.id, event);
      return mapped(lists, (list) => list.flatMap(({ id }) => terms.get(id) ?? []));
    };
    const stretches = asked.map((request) => this.#stretch(request, before));
    const near = await read(this.#where((event) => stretches.some((holds) => holds(event))));
    const requests = asked.flatMap(({ id }) => terms.get(id) ?? []).map(resolved);
    const found = new Ends(near, this.horizon);
    const open = requests.filter((request) => !found.isOver(request));
    if (open.length === 0) return { requests, ends: found };
    const [callers, callees] = [new Set(open.map(({ pid }) => pid)), new Set(open.map(({ peer }) => peer))];
    const first = open.at(-1)!.id - before;
    const isOpen: Where = ({ id, pid, peer, kind }) =>
      id > first &&
      (kind === "send" ? peer === NONE || callers.has(peer) : callers.has(pid) || callees.has(pid));
    const more = await read(this.#where((event) => isOpen(event) || stretches.some((holds) => holds(event))));
    return { requests, ends: new Ends(more, this.horizon) };
  }

  /** Does an event stand between a request and the next reply to its caller, and belong to one of the two? */
  #stretch(request: StoredEvent, before: number): Where {
    const { id: from, pid: caller, peer: callee } = request;
    const taken = this.#lists.taken.findLast(({ id, pid }) => pid === caller && id > from);
    const to = taken?.id ?? from;
    return ({ id, kind, pid, peer }) => {
      if (id <= from - before || id > to) return false;
      if (kind === "send") return peer === caller || peer === NONE;
      return kind === "dispatch" ? pid === callee && peer === caller : pid === callee || pid === caller;
    };
  }

  #where(holds: Where): Lists {
    return mapped(this.#lists, (list) => list.filter(holds));
  }
}

const mapped = (lists: Lists, of: (list: readonly StoredEvent[]) => readonly StoredEvent[]): Lists => ({
  received: of(lists.received),
  replies: of(lists.replies),
  taken: of(lists.taken),
  dispatched: of(lists.dispatched),
});

/** The ends of calls that are not the request, and the beginnings of their callbacks, by the call's tag, which no two calls share. */
export class Ends {
  readonly #received = new Map<string, StoredEvent>();
  readonly #dispatched = new Map<string, StoredEvent>();
  readonly #replies: ReadonlyMap<string, StoredEvent>;
  readonly #taken: ReadonlyMap<string, StoredEvent>;
  readonly #horizon: number;

  constructor({ received, replies, taken, dispatched }: Lists, horizon: number) {
    this.#horizon = horizon;
    for (const event of dispatched) {
      const tag = dispatchTag(event);
      if (tag !== undefined) this.#dispatched.set(tag, event);
    }
    for (const event of received) this.#received.set(`${event.pid}:${tagOf(event)}`, event);
    this.#replies = byTag(replies);
    this.#taken = byTag(taken);
  }

  /** Was it answered? The rest of the call came before that. */
  isOver(request: StoredEvent): boolean {
    const ends = this.of(request, { lost: false, isCut: false });
    return ends === undefined || (ends.reply && ends.replyReceived) !== undefined;
  }

  /** `undefined` for what is no call after all. */
  of(
    request: StoredEvent,
    { lost, isCut }: { readonly lost: boolean; readonly isCut: boolean },
  ): CallEnds | undefined {
    const shape = callShape(request.payload);
    if (shape?.type !== "call") return undefined;
    const blind = lost
      ? "Unknown: events were lost after the request."
      : request.id < this.#horizon || isCut
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
