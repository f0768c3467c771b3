import { NONE } from "../model/index.ts";
import { finish, type Steps } from "./steps.ts";

/** A send or a receive as pairing looks at it. */
export interface MessageEvent {
  readonly id: number;
  readonly node: number;
  /** Unix nanoseconds. */
  readonly ts: bigint;
  readonly kind: string;
  /** The sender of a send, the receiver of a receive. */
  readonly pid: number;
  /** The receiver of a send, or {@link NONE}: an alias, a port, a name that nobody was known to hold. */
  readonly peer: number;
  readonly payload: Uint8Array;
}

/** A send and the receive that took it. */
export interface MessagePair<E extends MessageEvent> {
  readonly send: E;
  readonly receive: E;
  /** False: equal messages were under way, and this is the one whose turn it was. */
  readonly certain: boolean;
}

export interface PairingOptions {
  /** Does the window start where recording started? Otherwise equal messages may have been under way before it. */
  readonly fromStart: boolean;
  /** How far the clocks of two nodes may differ, in nanoseconds; default 50 ms. One node has one clock. */
  readonly skewNs?: bigint;
}

interface Pending<E> {
  readonly send: E;
  readonly key: string;
}

interface Match<E extends MessageEvent> {
  readonly pair: MessagePair<E>;
  readonly group: string;
  readonly key: string;
}

/**
 * Pairs sends with receives, from what the BEAM promises: between two processes messages stay in order, and a message is
 * received with the bytes it was sent with. Where equal messages of several senders are under way, or more of them
 * were received than sent, the pair is the one whose turn it was (first in, first out) and not `certain`.
 *
 * @param events sends and receives of one window, in any order; what one process did must have growing ids
 * @returns by id of the send and by id of the receive; an event without entry has no other half in this window
 */
export const pairMessages = <E extends MessageEvent>(
  events: readonly E[],
  options: PairingOptions,
): ReadonlyMap<number, MessagePair<E>> => finish(pairMessageSteps(events, options));

/** {@link pairMessages} in pieces. */
export function* pairMessageSteps<E extends MessageEvent>(
  events: readonly E[],
  options: PairingOptions,
): Steps<ReadonlyMap<number, MessagePair<E>>> {
  const pairing = new Pairing<E>();
  for (const event of inOrder(events, options.skewNs ?? 50_000_000n)) {
    yield;
    if (event.kind === "send") pairing.sent(event);
    else if (event.kind === "receive") pairing.received(event);
  }
  return pairing.result(options.fromStart);
}

/** Key of a message: its bytes, one character each. */
export const bytesKey = (bytes: Uint8Array): string => LATIN.decode(bytes);
const LATIN = new TextDecoder("latin1");

/** By time; what came from another node counts as earlier by the skew. A send goes before a receive of its instant. */
function inOrder<E extends MessageEvent>(events: readonly E[], skewNs: bigint): readonly E[] {
  const home = new Map<number, number>();
  for (const event of events) if (event.kind === "receive") home.set(event.pid, event.node);
  const timed = events.map((event) => {
    const away = event.kind === "send" && (home.get(event.peer) ?? event.node) !== event.node;
    return { event, at: away ? event.ts - skewNs : event.ts, rank: event.kind === "send" ? 0 : 1 };
  });
  timed.sort((a, b) => (a.at === b.at ? a.rank - b.rank || a.event.id - b.event.id : a.at < b.at ? -1 : 1));
  return timed.map(({ event }) => event);
}

class Pairing<E extends MessageEvent> {
  /** Sent and not received yet, by bytes. */
  readonly #pending = new Map<string, Pending<E>[]>();
  /** The same by sender and receiver, for the order between two. */
  readonly #lines = new Map<string, Pending<E>[]>();
  /** Receiver and bytes whose equal messages can no longer be told apart. */
  readonly #mixed = new Set<string>();
  /** Receiver and bytes of which more were received than sent. */
  readonly #excess = new Set<string>();
  readonly #matches: Match<E>[] = [];
  readonly #sends = new Map<string, number>();
  readonly #receivers = new Map<string, Set<number>>();

  sent(send: E): void {
    const pending = { send, key: bytesKey(send.payload) };
    push(this.#pending, pending.key, pending);
    if (send.peer !== NONE) push(this.#lines, lineOf(send), pending);
    const group = groupOf(send.peer, pending.key);
    this.#sends.set(group, (this.#sends.get(group) ?? 0) + 1);
  }

  received(receive: E): void {
    const key = bytesKey(receive.payload);
    const group = groupOf(receive.pid, key);
    this.#noteReceiver(key, receive.pid);
    const waiting = this.#waiting(key, receive.pid);
    if (waiting.length === 0) {
      this.#excess.add(group);
      return;
    }
    const free = waiting.filter((one) => !this.#heldUp(one));
    const candidates = free.length > 0 ? free : waiting;
    const senders = new Set(candidates.map((one) => one.send.pid));
    const chosen = candidates[0]!;
    // That others were held up proves something only while what holds them up is itself beyond doubt.
    const doubt = waiting.length > candidates.length && this.#doubtful(waiting, receive.pid);
    if (senders.size > 1 || free.length === 0 || doubt) this.#mixed.add(group);
    const certain = !this.#mixed.has(group);
    this.#matches.push({ pair: { send: chosen.send, receive, certain }, group, key });
    this.#take(chosen);
    if (this.#waiting(key, receive.pid).length === 0) this.#mixed.delete(group);
  }

  /** Sends of these bytes that may be for this receiver, oldest first. */
  #waiting(key: string, receiver: number): readonly Pending<E>[] {
    const pending = this.#pending.get(key) ?? [];
    return pending.filter(({ send }) => send.peer === receiver || send.peer === NONE);
  }

  /** Has its sender sent something to the same receiver before, which is not received yet? */
  #heldUp(one: Pending<E>): boolean {
    if (one.send.peer === NONE) return false;
    const [first] = this.#lines.get(lineOf(one.send)) ?? [];
    return first !== undefined && first !== one && first.key !== one.key;
  }

  #doubtful(waiting: readonly Pending<E>[], receiver: number): boolean {
    return waiting.some((one) => {
      const line = one.send.peer === NONE ? [] : (this.#lines.get(lineOf(one.send)) ?? []);
      return line.some(({ key }) => this.#mixed.has(groupOf(receiver, key)));
    });
  }

  /** Takes it out, and what its sender sent there before: that will not come any more. */
  #take(chosen: Pending<E>): void {
    // What went to nobody known stands in no line.
    const line = this.#lines.get(lineOf(chosen.send)) ?? [chosen];
    for (const one of line.splice(0, line.indexOf(chosen) + 1)) {
      this.#forget(one);
      // Overtaken is impossible: it was received as somebody else's, or its receive is not in the window.
      if (one.key !== chosen.key) this.#excess.add(groupOf(one.send.peer, one.key));
    }
  }

  #forget(one: Pending<E>): void {
    const list = this.#pending.get(one.key)!;
    list.splice(list.indexOf(one), 1);
    if (list.length === 0) this.#pending.delete(one.key);
  }

  #noteReceiver(key: string, receiver: number): void {
    const receivers = this.#receivers.get(key) ?? new Set();
    this.#receivers.set(key, receivers.add(receiver));
  }

  result(fromStart: boolean): ReadonlyMap<number, MessagePair<E>> {
    const byId = new Map<number, MessagePair<E>>();
    for (const { pair, group, key } of this.#matches) {
      const several = (this.#sends.get(group) ?? 0) > 1;
      const anyone = pair.send.peer === NONE && this.#receivers.get(key)!.size > 1;
      const certain = pair.certain && !this.#excess.has(group) && !anyone && (fromStart || !several);
      const final = { ...pair, certain };
      byId.set(pair.send.id, final);
      byId.set(pair.receive.id, final);
    }
    return byId;
  }
}

const lineOf = (send: MessageEvent): string => `${send.pid}>${send.peer}`;
const groupOf = (receiver: number, key: string): string => `${receiver}:${key}`;

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
