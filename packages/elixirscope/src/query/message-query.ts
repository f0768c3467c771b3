import { callShape, REQUEST_TAGS } from "../analysis/index.ts";
import { ElixirScopeError, NONE } from "../model/index.ts";
import type { EventRow, MessageAnswer } from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { between, type CallContext, type CallEnds, callRow, endOf } from "./call-row.ts";
import { dispatchOf, dispatchTag } from "./dispatch-query.ts";
import type { Lookup } from "./lookup.ts";
import { originOf, whyAway, whyDead } from "./message-origin.ts";
import { type Halves, MessageWindow } from "./message-window.ts";
import { isSetting, TimerQuery } from "./timer-query.ts";

/** What {@link MessageQuery} asks. */
export interface MessageSources extends CallContext {
  readonly store: TraceStore;
  readonly lookup: Lookup;
}

/** What was found of a message. */
interface Found {
  readonly send?: StoredEvent | undefined;
  readonly receive?: StoredEvent | undefined;
  readonly dispatch?: StoredEvent | undefined;
  readonly timer?: StoredEvent | undefined;
  readonly cancelled?: StoredEvent | undefined;
  readonly call?: CallEnds | undefined;
  readonly certain?: boolean;
  readonly origin: MessageAnswer["origin"];
  readonly why: string;
}

/** One message, seen from both ends; a part of a call with the whole of it. */
export class MessageQuery {
  readonly #sources: MessageSources;
  readonly #window: MessageWindow;
  readonly #timers: TimerQuery;

  constructor(sources: MessageSources) {
    this.#sources = sources;
    this.#window = new MessageWindow(sources);
    this.#timers = new TimerQuery(sources.store, sources.lookup);
  }

  /** @throws ElixirScopeError `QUERY_NOT_A_MESSAGE` */
  async answer(event: StoredEvent): Promise<MessageAnswer> {
    if (event.kind === "timer" && isSetting(event)) return this.#timer(event);
    if (event.kind === "send_to_dead")
      return this.#filled({ send: event, why: whyDead(event, this.#sources.lookup), origin: "process" });
    if (event.kind !== "send" && event.kind !== "receive") {
      throw new ElixirScopeError(
        "QUERY_NOT_A_MESSAGE",
        `Event ${event.id} is a ${event.kind}. Ask for the id of a send or receive event, or of a timer that is set.`,
        { id: event.id, kind: event.kind },
      );
    }
    const halves = await this.#window.halves(event);
    const ends = await this.#ends(event, halves);
    const { store, lookup } = this.#sources;
    const { send, receive, certain } = halves;
    const taken = receive && (await dispatchOf(store, lookup, receive));
    const found = { send, receive, certain, dispatch: taken?.dispatch, call: ends };
    if (send || !receive) return this.#filled({ ...found, origin: "process", why: await this.#why(halves) });
    const timer = await this.#timers.of(receive);
    const origin = originOf(receive, { timer, ends, blind: blindBefore(halves) }, lookup);
    return this.#filled({ ...found, ...origin, timer: timer?.set, certain: timer?.certain ?? false });
  }

  /** A timer that was set, with what became of it. */
  async #timer(set: StoredEvent): Promise<MessageAnswer> {
    const { fired, cancelled, certain } = await this.#timers.fate(set);
    const { store, lookup } = this.#sources;
    const taken = fired && (await dispatchOf(store, lookup, fired));
    const why = fired
      ? certain
        ? ""
        : "Several timers with an equal message were due: this is the one whose turn it was."
      : cancelled
        ? "It was cancelled before it fired."
        : "It has not fired in this record: it is still running, or its receiver is not known or was gone.";
    return this.#filled({
      receive: fired,
      dispatch: taken?.dispatch,
      timer: set,
      cancelled,
      certain,
      origin: "timer",
      why,
    });
  }

  #filled(found: Found): MessageAnswer {
    const { send, receive, dispatch } = found;
    const { rows } = this.#sources;
    const row = (event: StoredEvent | undefined): EventRow | null => (event ? rows.row(event) : null);
    return {
      send: row(send),
      receive: row(receive),
      dispatched: row(dispatch),
      timer: row(found.timer),
      cancelled: row(found.cancelled),
      mailboxNs: between(send, receive),
      waitedNs: between(send ?? receive, dispatch),
      certain: found.certain ?? false,
      origin: found.origin,
      why: found.why,
      call: found.call ? callRow(found.call, this.#sources) : null,
    };
  }

  async #why(halves: Halves): Promise<string> {
    const { send, receive, certain } = halves;
    return send && receive ? whyDoubted(certain) : this.#whyNotReceived(send!, halves);
  }

  async #whyNotReceived(send: StoredEvent, halves: Halves): Promise<string> {
    const { table, lookup, store } = this.#sources;
    if (send.peer === NONE) {
      return callShape(send.payload)?.type === "reply"
        ? "No process took this reply: its caller gave up, or is not traced."
        : "The receiver is not known: a port, an alias, or a name that nobody was seen to hold.";
    }
    const home = lookup.process(send.peer)?.node;
    const isTraced = (await store.nodes()).some(({ name }) => name === home);
    const away = whyAway(send, lookup, isTraced);
    if (away) return away;
    if (!isTraced) return `The receiver lives on ${home}, which is not traced.`;
    if (endOf(send.peer, table) !== undefined) return "The receiver ended before it took this message.";
    if (halves.gapAfter) return "Unknown: events were lost after it was sent.";
    if (halves.cutAfter) return "Unknown: not found among the events searched.";
    if (!halves.receives) return "The receiver has taken no such message: it is busy, or not traced.";
    return "Not taken when the record ends: it is still in the mailbox.";
  }

  /** The four ends of the call that a message belongs to; none for casts, plain messages and results of tasks. */
  async #ends(event: StoredEvent, halves: Halves): Promise<CallEnds | undefined> {
    const shape = callShape(event.payload);
    if (!shape || shape.type === "cast") return undefined;
    if (shape.type !== "reply") {
      const caller = halves.send?.pid ?? this.#sources.lookup.pid(shape.caller);
      return this.#withReply({ ...halves, type: shape.type, caller, tag: shape.tag });
    }
    const asked = await this.#request(shape.tag, halves);
    if (!asked) return undefined;
    const request = await this.#window.halves(asked);
    const requestShape = callShape(asked.payload);
    const { tag } = shape;
    return {
      type: requestShape?.type === "system" ? "system" : "call",
      caller: request.send?.pid ?? halves.receive?.pid ?? NONE,
      request: request.send,
      received: request.receive,
      dispatch: await this.#dispatch(request.receive, tag),
      reply: halves.send,
      replyReceived: halves.receive,
      blind: blindness(halves),
    };
  }

  async #withReply(
    asked: Halves & { readonly type: "call" | "system"; readonly caller: number; readonly tag: string },
  ): Promise<CallEnds> {
    const { send, receive, caller, tag } = asked;
    const first = (send ?? receive)!;
    const wanted = isReply(tag);
    const tags = [NONE];
    const none = { event: undefined, cut: false };
    const takenBy = { kinds: ["receive"], pids: [caller], tags } as const;
    const sentBy = { kinds: ["send"], pids: [receive?.pid ?? first.peer], tags } as const;
    const taken = send ? await this.#window.find(send.id, takenBy, "oldest_first", wanted) : none;
    const sent = taken.event
      ? { event: (await this.#window.halves(taken.event)).send, cut: false }
      : await this.#window.find(first.id, sentBy, "oldest_first", wanted);
    return {
      type: asked.type,
      caller,
      request: send,
      received: receive,
      dispatch: await this.#dispatch(receive, tag),
      reply: sent.event,
      replyReceived: taken.event,
      blind: blindness({ ...asked, cutAfter: asked.cutAfter || taken.cut || sent.cut }),
    };
  }

  /** When the callback of a request began. */
  async #dispatch(received: StoredEvent | undefined, tag: string): Promise<StoredEvent | undefined> {
    if (!received) return undefined;
    const begun = { kinds: ["dispatch"], pids: [received.pid] } as const;
    const wanted = (event: StoredEvent): boolean => dispatchTag(event) === tag;
    return (await this.#window.find(received.id, begun, "oldest_first", wanted)).event;
  }

  /** The request that a reply answers: as its caller sent it, else as its callee received it. */
  async #request(tag: string, { send, receive }: Halves): Promise<StoredEvent | undefined> {
    const tags = REQUEST_TAGS.map((name) => this.#sources.lookup.atom(name)).filter((atom) => atom !== NONE);
    const wanted = isRequest(tag);
    const caller = receive?.pid ?? send?.peer ?? NONE;
    const before = (receive ?? send)!.id;
    const sentBy = { kinds: ["send"], pids: caller === NONE ? [] : [caller], tags } as const;
    const { event } = await this.#window.find(before, sentBy, "newest_first", wanted);
    if (event) return event;
    const peers = this.#sources.lookup.nodeEntries();
    const sentAway = { kinds: ["send"], pids: sentBy.pids, peers } as const;
    const away = await this.#window.find(before, sentAway, "newest_first", wanted);
    if (away.event || !send) return away.event;
    const takenBy = { kinds: ["receive"], pids: [send.pid], tags } as const;
    return (await this.#window.find(send.id, takenBy, "newest_first", wanted)).event;
  }
}

/** Of a message whose both ends were found. */
export const whyDoubted = (certain: boolean): string =>
  certain ? "" : "Equal messages were, or may have been, under way: this is the one whose turn it was.";

const isReply =
  (tag: string) =>
  (event: StoredEvent): boolean => {
    const shape = callShape(event.payload);
    return shape?.type === "reply" && shape.tag === tag;
  };

const isRequest =
  (tag: string) =>
  (event: StoredEvent): boolean => {
    const shape = callShape(event.payload);
    return (shape?.type === "call" || shape?.type === "system") && shape.tag === tag;
  };

const blindness = (halves: Halves): string =>
  halves.gapAfter
    ? "Unknown: events were lost after the request."
    : halves.cutAfter
      ? "Unknown: not found among the events searched."
      : "";

const blindBefore = ({ gapBefore, cutBefore }: Halves): string =>
  gapBefore
    ? "Unknown: events were lost before it was received."
    : cutBefore
      ? "Unknown: no send among the events searched."
      : "";
