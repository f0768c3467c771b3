import { readAtomName, skipTerm, tupleArity } from "@elixirscope/etf";
import { callShape } from "./call-shape.ts";
import { bytesKey } from "./message-pairing.ts";

/** A `receive`, `dispatch` or `state` as the walk looks at it; names are those of the dictionary. */
export interface CallbackEvent {
  readonly id: number;
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly payload: Uint8Array;
}

/** What the dictionary knows of an event. */
export interface EventNames<E> {
  /** Module and function of `mfa`. */
  function(event: E): { readonly module: string; readonly function: string } | undefined;
  /** The atom of `tag`, "" for none. */
  tag(event: E): string;
}

/** How a state came about. */
export interface CallbackStep<E> {
  /** The callback that left this state; absent where none was recorded. */
  readonly dispatch?: E;
  /** The message that it was called with; absent where it was none, or is not in the record. */
  readonly cause?: E;
  /** False: another message of the same look may have been the one. */
  readonly certain: boolean;
  /** When it began: exactly with a dispatch, else not before this. */
  readonly began?: bigint;
  /** Was the event put back by gen_statem, to come again in another state? */
  readonly postponed: boolean;
}

/** A message that a process has taken in: `known` where nothing before it can still be waiting unseen. */
interface Taken<E> {
  readonly cause: E | undefined;
  readonly certain: boolean;
}

/**
 * Follows processes from message to state. Feed it the events `receive`, `dispatch` and `state` in the order of their
 * ids; for each state it says what led to it.
 *
 * An OTP process takes its messages in the order in which they came. What a dispatch says of its message (`From` of a
 * call, a reference, the atom in front) finds it among those that wait; what waited before it was taken by a `receive`
 * inside of a callback.
 */
export class CallbackWalk<E extends CallbackEvent> {
  readonly #names: EventNames<E>;
  /** Are dispatches recorded? Otherwise the oldest message that waits is taken for the cause. */
  readonly #exact: boolean;
  readonly #processes = new Map<number, OneProcess<E>>();

  constructor(names: EventNames<E>, exact: boolean) {
    this.#names = names;
    this.#exact = exact;
  }

  step(event: E): CallbackStep<E> | undefined {
    let process = this.#processes.get(event.pid);
    if (!process) {
      process = this.#exact ? new ExactProcess(this.#names) : new GuessedProcess<E>();
      this.#processes.set(event.pid, process);
    }
    if (event.kind === "receive") process.received(event);
    else if (event.kind === "dispatch") process.dispatched(event);
    else if (event.kind === "state") return process.state(event);
    return undefined;
  }

  /** Messages were lost: what waits now is not known. */
  lost(): void {
    for (const process of this.#processes.values()) process.lost();
  }

  /** What a process has taken in and not handled, after the events so far; undefined where dispatches are not recorded. */
  inside(pid: number): Inside<E> | undefined {
    return this.#processes.get(pid)?.inside();
  }
}

/** What is inside of a process. */
export interface Inside<E> {
  /** Taken in and not seen to be handled, oldest first. Some of it may have been taken by a `receive` in a callback. */
  readonly waiting: readonly E[];
  /** Is nothing else there? */
  readonly known: boolean;
  /** The callback that it is in, and its message where that is known. */
  readonly current:
    | { readonly dispatch: E; readonly cause: E | undefined; readonly certain: boolean }
    | undefined;
}

interface OneProcess<E> {
  received(event: E): void;
  dispatched(event: E): void;
  state(event: E): CallbackStep<E>;
  lost(): void;
  inside(): Inside<E> | undefined;
}

/** With dispatches. */
class ExactProcess<E extends CallbackEvent> implements OneProcess<E> {
  readonly #names: EventNames<E>;
  #waiting: E[] = [];
  #current: { readonly dispatch: E; readonly taken: Taken<E>; postponed: boolean } | undefined;
  /** Events that gen_statem put back, and those of them that are tried again after a change of state. */
  #postponed: E[] = [];
  #again: E[] = [];
  #stateName = "";
  #idle = false;
  /** Is everything that waits known? Not at first: the mailbox may have had something in it. */
  #known = false;

  constructor(names: EventNames<E>) {
    this.#names = names;
  }

  received(event: E): void {
    // In its loop a process takes messages in only when it has none left.
    if (this.#idle && this.#waiting.length === 0) this.#known = true;
    this.#waiting.push(event);
  }

  dispatched(event: E): void {
    this.#idle = false;
    // A mailbox is empty where its process begins.
    if (this.#names.function(event)?.function === "init") this.#known = true;
    const callback = this.#names.function(event);
    if (callback?.module === "gen_statem" && callback.function === "postpone") this.#postpone();
    // `terminate` follows its state; the enter call belongs to the event that changed the state.
    else if (!(this.#current && this.#by(event) === "enter")) {
      const taken = this.#take(event);
      // A process is suspended while its code changes: the state shows when it is resumed.
      const changing =
        this.#current && this.#names.function(this.#current.dispatch)?.function === "code_change";
      if (!(changing && callback?.module === "sys"))
        this.#current = { dispatch: event, taken, postponed: false };
    }
  }

  #postpone(): void {
    if (!this.#current) return;
    this.#current.postponed = true;
    const { cause } = this.#current.taken;
    if (cause) this.#postponed.push(cause);
  }

  state(event: E): CallbackStep<E> {
    this.#idle = true;
    this.#retryAfter(event);
    const current = this.#current;
    this.#current = undefined;
    if (!current) return this.#withoutCallback(event);
    const { dispatch, taken, postponed } = current;
    return {
      dispatch,
      ...(taken.cause ? { cause: taken.cause } : {}),
      certain: taken.certain,
      began: dispatch.ts,
      postponed,
    };
  }

  /** A parent's exit ends a process without a callback before `terminate`; a server that goes to sleep shows its state. */
  #withoutCallback(event: E): CallbackStep<E> {
    const ends = this.#names.function(event)?.function.startsWith("terminate");
    const exit = ends ? this.#waiting.find((one) => this.#names.tag(one) === "EXIT") : undefined;
    return { ...(exit ? { cause: exit } : {}), certain: exit !== undefined, postponed: false };
  }

  /** After a change of gen_statem's state all postponed events come again, before anything new. */
  #retryAfter(event: E): void {
    if (this.#names.function(event)?.module !== "gen_statem" || tupleArity(event.payload, 0) !== 2) return;
    const name = bytesKey(event.payload.subarray(2, skipTerm(event.payload, 2)));
    if (name !== this.#stateName) this.#again.push(...this.#postponed.splice(0));
    this.#stateName = name;
  }

  lost(): void {
    this.#known = false;
    this.#idle = false;
    this.#waiting = [];
  }

  inside(): Inside<E> {
    const current = this.#current && { dispatch: this.#current.dispatch, ...this.#current.taken };
    return { waiting: [...this.#again, ...this.#waiting], known: this.#known, current };
  }

  /** The type of a gen_statem event, else "". */
  #by({ payload }: E): string {
    return ATOMS.has(payload[0] ?? 0) ? readAtomName(payload, 0) : "";
  }

  #take(dispatch: E): Taken<E> {
    const wanted = new Wanted(dispatch, this.#names, this.#by(dispatch));
    if (!wanted.isMessage) return { cause: undefined, certain: true };
    const [first] = this.#again;
    if (first && wanted.is(first)) {
      this.#again.shift();
      return { cause: first, certain: true };
    }
    const at = this.#waiting.findIndex((event) => wanted.is(event));
    if (at < 0) return { cause: this.#ownTimer(wanted), certain: false };
    const skipped = this.#waiting.splice(0, at + 1);
    const cause = skipped.pop()!;
    if (wanted.isOne) this.#known = true;
    // Replies and ends of waiting are taken by calls within callbacks: that they were passed over is no reason to doubt.
    const inOrder = skipped.every(
      ({ payload }, i) => isAnswer(payload) || this.#names.tag(skipped[i]!) === "DOWN",
    );
    return { cause, certain: wanted.isOne || (this.#known && inOrder) };
  }

  /** From OTP 29 on a server's timeout may be any message: what it waits for is `{timeout, Ref, _}`. */
  #ownTimer(wanted: Wanted<E>): E | undefined {
    const [first] = this.#waiting;
    if (!first || !wanted.isInfo || this.#names.tag(first) !== "timeout") return undefined;
    return this.#waiting.shift();
  }
}

/** What a dispatch says of its message. */
class Wanted<E extends CallbackEvent> {
  /** `false`: it came from no message (`init`, an internal event …). */
  readonly isMessage: boolean;
  readonly isInfo: boolean;
  /** Is it found by something that no other message has? */
  readonly isOne: boolean;
  readonly #names: EventNames<E>;
  readonly #tag: string;
  readonly #mark: string;
  readonly #form: "cast" | "notify" | "timer" | "other";

  constructor(dispatch: E, names: EventNames<E>, by: string) {
    const name = names.function(dispatch)?.function ?? "";
    this.#names = names;
    this.#tag = names.tag(dispatch);
    this.isInfo = name === "handle_info";
    this.isMessage = !NO_MESSAGE.has(name) && !INTERNAL.has(by);
    this.#mark = by === "" && dispatch.payload.length > 0 ? bytesKey(dispatch.payload) : "";
    this.isOne = this.#mark !== "" && dispatch.payload[0] !== NEW_PID;
    this.#form =
      by === "cast" || name === "handle_cast"
        ? "cast"
        : TIMERS.has(by)
          ? "timer"
          : name === "handle_event" && by === "" && names.function(dispatch)?.module === "gen_event"
            ? "notify"
            : "other";
  }

  is(event: E): boolean {
    const tag = this.#names.tag(event);
    // `From` and references stand near the front; a large message is not searched for them.
    if (this.isOne) return bytesKey(event.payload.subarray(0, MARK_WITHIN)).includes(this.#mark);
    switch (this.#form) {
      case "cast":
        return tag === "$gen_cast" && this.#fits(innerTag(event.payload));
      case "notify":
        return tag === "notify" && this.#fits(innerTag(event.payload));
      case "timer":
        return tag === "timeout" && tupleArity(event.payload, 0) === 3;
      default:
        // A reply that a callback was called with would have its reference in the dispatch: one without a mark was called
        // with something else, and replies that lie about were taken by calls within callbacks.
        return (
          !ENVELOPES.has(tag) &&
          this.#fits(tag) &&
          this.#holdsMark(event) &&
          (this.#mark !== "" || callShape(event.payload)?.type !== "reply")
        );
    }
  }

  #fits(tag: string): boolean {
    return this.#tag === tag;
  }

  #holdsMark(event: E): boolean {
    return this.#mark === "" || bytesKey(event.payload.subarray(0, MARK_WITHIN)).includes(this.#mark);
  }
}

/** The atom of the second element, or of the first in it. */
function innerTag(payload: Uint8Array): string {
  if (tupleArity(payload, 0) !== 2) return "";
  const inner = skipTerm(payload, 2);
  if (ATOMS.has(payload[inner]!)) return readAtomName(payload, inner);
  if (payload[inner] !== SMALL_TUPLE || payload[inner + 1] === 0) return "";
  return ATOMS.has(payload[inner + 2]!) ? readAtomName(payload, inner + 2) : "";
}

/** Without dispatches: the oldest message is the cause, replies to calls of its own aside. */
class GuessedProcess<E extends CallbackEvent> implements OneProcess<E> {
  #waiting: E[] = [];
  /** The newest of what may have been none of the process's messages. */
  #other: E | undefined;
  #doneAt: bigint | undefined;

  received(event: E): void {
    if (isAnswer(event.payload)) this.#other = event;
    else this.#waiting.push(event);
  }

  dispatched(): void {}

  state(event: E): CallbackStep<E> {
    // A reply that no call of its own waited for is a message like any other (a task's result), and the end of a wait is
    // a reason only where no message was waiting.
    const cause = this.#waiting.shift() ?? this.#other;
    this.#other = undefined;
    const done = this.#doneAt;
    this.#doneAt = event.ts;
    if (!cause) return { certain: false, postponed: false };
    return {
      cause,
      certain: false,
      began: done !== undefined && done > cause.ts ? done : cause.ts,
      postponed: false,
    };
  }

  inside(): undefined {
    return undefined;
  }

  lost(): void {
    this.#waiting = [];
  }
}

/** Callbacks and event types of gen_statem that no message leads to. */
const NO_MESSAGE: ReadonlySet<string> = new Set(["init", "terminate", "code_change", "handle_continue"]);
const INTERNAL: ReadonlySet<string> = new Set(["internal", "enter"]);
const TIMERS: ReadonlySet<string> = new Set(["timeout", "state_timeout"]);
/** Messages that never reach `handle_info`. */
const ENVELOPES: ReadonlySet<string> = new Set(["$gen_call", "$gen_cast", "system"]);

// Tags of the External Term Format.
const SMALL_TUPLE = 104;
const NEW_PID = 88;
const ATOMS: ReadonlySet<number> = new Set([100, 115, 118, 119]);
const MARK_WITHIN = 512;

/** A reply (`{Ref, _}`), or the end of a wait. */
const isAnswer = (payload: Uint8Array): boolean => callShape(payload)?.type === "reply" || isTimeout(payload);

/** The end of a `receive` by its `after`, which the BEAM reports as the message `timeout`. */
export const isTimeout = (payload: Uint8Array): boolean =>
  payload.length <= 10 && ATOMS.has(payload[0]!) && readAtomName(payload, 0) === "timeout";
