import { callShape, REQUEST_TAGS } from "../analysis/index.ts";
import { ElixirScopeError, NONE } from "../model/index.ts";
import type { MessageAnswer } from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { between, type CallContext, type CallEnds, callRow, endOf } from "./call-row.ts";
import type { Lookup } from "./lookup.ts";
import { type Halves, MessageWindow } from "./message-window.ts";

/** What {@link MessageQuery} asks. */
export interface MessageSources extends CallContext {
  readonly store: TraceStore;
  readonly lookup: Lookup;
}

/** One message, seen from both ends; a part of a call with the whole of it. */
export class MessageQuery {
  readonly #sources: MessageSources;
  readonly #window: MessageWindow;

  constructor(sources: MessageSources) {
    this.#sources = sources;
    this.#window = new MessageWindow(sources.store);
  }

  /** @throws ElixirScopeError `QUERY_NOT_A_MESSAGE` */
  async answer(event: StoredEvent): Promise<MessageAnswer> {
    if (event.kind !== "send" && event.kind !== "receive") {
      throw new ElixirScopeError(
        "QUERY_NOT_A_MESSAGE",
        `Event ${event.id} is a ${event.kind}. Ask for the id of a send or receive event.`,
        { id: event.id, kind: event.kind },
      );
    }
    const halves = await this.#window.halves(event);
    const ends = await this.#ends(event, halves);
    const { rows } = this.#sources;
    return {
      send: halves.send ? rows.row(halves.send) : null,
      receive: halves.receive ? rows.row(halves.receive) : null,
      mailboxNs: between(halves.send, halves.receive),
      certain: halves.certain,
      origin: originOf(halves),
      why: await this.#why(halves),
      call: ends ? callRow(ends, this.#sources) : null,
    };
  }

  async #why(halves: Halves): Promise<string> {
    const { send, receive, certain } = halves;
    if (send && receive) {
      return certain
        ? ""
        : "Equal messages were, or may have been, under way: this is the one whose turn it was.";
    }
    return send ? this.#whyNotReceived(send, halves) : whyNotSent(halves);
  }

  async #whyNotReceived(send: StoredEvent, halves: Halves): Promise<string> {
    const { table, lookup, store } = this.#sources;
    if (send.peer === NONE) {
      return callShape(send.payload)?.type === "reply"
        ? "No process took this reply: its caller gave up, or is not traced."
        : "The receiver is not known: a port, an alias, or a name that nobody was seen to hold.";
    }
    const home = lookup.process(send.peer)?.node;
    const nodes = await store.nodes();
    if (!nodes.some(({ name }) => name === home))
      return `The receiver lives on ${home}, which is not traced.`;
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
    return {
      type: requestShape?.type === "system" ? "system" : "call",
      caller: request.send?.pid ?? halves.receive?.pid ?? NONE,
      request: request.send,
      received: request.receive,
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
      reply: sent.event,
      replyReceived: taken.event,
      blind: blindness({ ...asked, cutAfter: asked.cutAfter || taken.cut || sent.cut }),
    };
  }

  /** The request that a reply answers: as its caller sent it, else as its callee received it. */
  async #request(tag: string, { send, receive }: Halves): Promise<StoredEvent | undefined> {
    const tags = REQUEST_TAGS.map((name) => this.#sources.lookup.atom(name)).filter((atom) => atom !== NONE);
    const wanted = isRequest(tag);
    const caller = receive?.pid ?? send?.peer ?? NONE;
    const before = (receive ?? send)!.id;
    const sentBy = { kinds: ["send"], pids: caller === NONE ? [] : [caller], tags } as const;
    const { event } = await this.#window.find(before, sentBy, "newest_first", wanted);
    if (event || !send) return event;
    const takenBy = { kinds: ["receive"], pids: [send.pid], tags } as const;
    return (await this.#window.find(send.id, takenBy, "newest_first", wanted)).event;
  }
}

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

function originOf({ send, gapBefore, cutBefore }: Halves): MessageAnswer["origin"] {
  if (send) return "process";
  return gapBefore || cutBefore ? "unknown" : "timer or untraced";
}

function whyNotSent({ gapBefore, cutBefore }: Halves): string {
  if (gapBefore) return "Unknown: events were lost before it was received.";
  if (cutBefore) return "Unknown: no send among the events searched.";
  return "No traced process sent it: a timer (erlang:send_after), a port, another node, or a process that is not traced.";
}
