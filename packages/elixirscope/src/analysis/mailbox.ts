import {
  type CallbackEvent,
  CallbackWalk,
  type EventNames,
  type Inside,
  isTimeout,
} from "./callback-walk.ts";
import { type MessageEvent, pairMessages } from "./message-pairing.ts";

/** An event as the mailbox is reckoned from: of the process itself, or a send to it. */
export interface MailboxEvent extends CallbackEvent, MessageEvent {}

/** A message in a mailbox. */
export interface Waiting<E> {
  /** The receive where it was taken in, else the send. */
  readonly event: E;
  readonly send: E | undefined;
  /** False: it may have been taken just before, or have come just after. */
  readonly sure: boolean;
}

/** A mailbox at an instant. */
export interface Mailbox<E> {
  /** In the order in which they came, as far as that is known. */
  readonly messages: readonly Waiting<E>[];
  /** False: there may be more, since it was never seen to be empty. */
  readonly known: boolean;
  /** The callback that the process is in. */
  readonly dispatch: E | undefined;
}

/** What a mailbox is reckoned from. */
export interface MailboxInput<E> {
  readonly pid: number;
  /** Unix nanoseconds. */
  readonly at: bigint;
  /** `receive`, `dispatch` and `state` of the process, by id, before the instant and some after it. */
  readonly own: readonly E[];
  /** Sends to it, from before its last receive on to behind the instant. */
  readonly sends: readonly E[];
  /** By who sent of late: the id of the last event of that process up to the instant. */
  readonly movedOn: ReadonlyMap<number, number>;
  /** Ends of stretches in which messages were lost. */
  readonly lost: readonly bigint[];
  readonly names: EventNames<E>;
}

/**
 * Between the event of a send and the message in the mailbox nobody can look, and on a busy machine the sender may lose the
 * processor there: younger ones are sure only where the sender has gone on.
 */
export const ON_ITS_WAY_NS = 20_000_000n;
/** What an idle process has not handled for this long it has taken within a callback. */
const SETTLED_NS = 100_000_000n;
/** Messages that nothing but OTP's own loop takes. */
const LOOP_ONLY: ReadonlySet<string> = new Set(["$gen_call", "$gen_cast", "system", "notify"]);

/**
 * The mailbox of a process of OTP at an instant, from what it took in, what callbacks it was in, and what was sent to it.
 * What happened afterwards tells of what was there: a message that is handled later was waiting.
 */
export function mailboxAt<E extends MailboxEvent>(input: MailboxInput<E>): Mailbox<E> {
  const reckoning = new Reckoning(input);
  return reckoning.result();
}

class Reckoning<E extends MailboxEvent> {
  readonly #input: MailboxInput<E>;
  readonly #before: readonly E[];
  readonly #after: readonly E[];
  readonly #walk: CallbackWalk<E>;
  readonly #pairs: ReturnType<typeof pairMessages<E>>;

  constructor(input: MailboxInput<E>) {
    this.#input = input;
    this.#before = input.own.filter(({ ts }) => ts <= input.at);
    this.#after = input.own.filter(({ ts }) => ts > input.at);
    this.#walk = new CallbackWalk(input.names, true);
    const receives = input.own.filter(({ kind }) => kind === "receive");
    this.#pairs = pairMessages([...input.sends, ...receives], { fromStart: true });
  }

  result(): Mailbox<E> {
    this.#follow();
    const inside = this.#walk.inside(this.#input.pid);
    const waiting = inside ? this.#inside(inside) : [];
    const sends = this.#outside(inside?.current !== undefined);
    return {
      messages: [...waiting, ...sends],
      known: inside?.known ?? false,
      dispatch: inside?.current?.dispatch,
    };
  }

  /** The end of a wait is reported as if it were a message. */
  #isMark(event: E): boolean {
    return isTimeout(event.payload) && !this.#pairs.has(event.id);
  }

  #follow(): void {
    let at: bigint | undefined;
    for (const event of this.#before) {
      const since = at;
      if (since !== undefined && this.#input.lost.some((to) => since <= to && to < event.ts))
        this.#walk.lost();
      this.#walk.step(event);
      at = event.ts;
    }
  }

  /** Taken in: those that are handled later were there; what was passed over is gone, or is taken in this callback. */
  #inside({ waiting, current }: Inside<E>): readonly Waiting<E>[] {
    const fates = this.#fates(waiting);
    const idleSince = this.#before.at(-1)?.ts ?? this.#input.at;
    const settled = this.#after.length > 0 || this.#input.at - idleSince > SETTLED_NS;
    const messages = waiting.filter((event) => !this.#isMark(event));
    return messages.flatMap((event): readonly Waiting<E>[] => {
      const fate = fates.get(event);
      const one = { event, send: undefined };
      if (fate === "handled") return [{ ...one, sure: true }];
      if (!current) return settled || fate === "passed" ? [] : [{ ...one, sure: false }];
      const sure = fate === undefined && LOOP_ONLY.has(this.#input.names.tag(event));
      return [{ ...one, sure }];
    });
  }

  #fates(waiting: readonly E[]): ReadonlyMap<E, "handled" | "passed"> {
    const fates = new Map<E, "handled" | "passed">();
    const open = new Set(waiting);
    for (const event of this.#after) {
      if (open.size === 0) break;
      // A loop takes in what has come only when it has nothing left.
      const idle = this.#walk.inside(this.#input.pid)?.current === undefined;
      if (event.kind === "receive" && idle) for (const one of open) settle(one, "passed");
      this.#walk.step(event);
      if (event.kind !== "dispatch") continue;
      const { waiting: left, current } = this.#walk.inside(this.#input.pid)!;
      for (const one of open) {
        if (current?.cause === one) settle(one, "handled");
        else if (!left.includes(one)) settle(one, "passed");
      }
    }
    return fates;

    function settle(one: E, fate: "handled" | "passed"): void {
      open.delete(one);
      fates.set(one, fate);
    }
  }

  /** Sent and not yet taken in; and of a busy process what it takes in next without that a send is known. */
  #outside(busy: boolean): readonly Waiting<E>[] {
    const { at, movedOn } = this.#input;
    const sends = this.#input.sends.filter(({ ts }) => ts <= at);
    const arrived = sends
      .filter((send) => (this.#pairs.get(send.id)?.receive.ts ?? at + 1n) > at)
      .map((send): Waiting<E> => {
        // Who has done something else since has brought this one to its place.
        const moved = (movedOn.get(send.pid) ?? 0) > send.id;
        return { event: send, send, sure: moved || at - send.ts > ON_ITS_WAY_NS };
      });
    return [...arrived, ...(busy ? this.#unseen() : [])];
  }

  #unseen(): readonly Waiting<E>[] {
    const first = this.#after.findIndex(({ kind }) => kind === "receive");
    if (first < 0) return [];
    const end = this.#after.findIndex(({ kind }, i) => i > first && kind !== "receive");
    return this.#after
      .slice(first, end < 0 ? undefined : end)
      .filter((event) => !this.#pairs.has(event.id) && !this.#isMark(event))
      .map((event) => ({ event, send: undefined, sure: false }));
  }
}
