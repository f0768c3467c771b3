import { decodeTerm, skipTerm, tupleArity } from "@elixirscope/etf";
import { sameBytes } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

/** Timers and receives that are looked at, on one side of an event. */
const ROWS = 1_000;

/** A timer as the record has it. */
export interface TimerFound {
  /** The `timer` event that set it. */
  readonly set: StoredEvent;
  /** False: other timers with an equal message were due as well. */
  readonly certain: boolean;
}

/** What became of a timer. */
export interface TimerFate {
  readonly fired: StoredEvent | undefined;
  /** The `timer` event that cancelled it in time. */
  readonly cancelled: StoredEvent | undefined;
  readonly certain: boolean;
}

/** From a message to the timer that made it, and the other way round. */
export class TimerQuery {
  readonly #store: TraceStore;
  readonly #lookup: Lookup;

  constructor(store: TraceStore, lookup: Lookup) {
    this.#store = store;
    this.#lookup = lookup;
  }

  /** Who set the timer whose message this is; `undefined` where none in the record fits. */
  async of(receive: StoredEvent): Promise<TimerFound | undefined> {
    const ref = timeoutRef(receive.payload);
    return ref ? this.#byReference(receive, ref) : this.#byMessage(receive);
  }

  /** `start_timer` sends its reference along: nothing is more certain. */
  async #byReference(receive: StoredEvent, ref: Uint8Array): Promise<TimerFound | undefined> {
    const results = { kinds: ["timer"], tags: [this.#lookup.atom("result")], beforeId: receive.id } as const;
    const own = await this.#newest({ ...results, pids: [receive.pid] });
    const is = ({ payload }: StoredEvent): boolean => sameBytes(payload, ref);
    const result = own.find(is) ?? (await this.#newest(results)).find(is);
    const set = result && (await this.#setBefore(result));
    return set ? { set, certain: true } : undefined;
  }

  /** The call that a function's value belongs to: the one before it, since these functions call nothing. */
  async #setBefore(result: StoredEvent): Promise<StoredEvent | undefined> {
    const before = {
      kinds: ["timer"],
      pids: [result.pid],
      functions: [result.mfa],
      beforeId: result.id,
    } as const;
    const [set] = await this.#store.events({ ...before, order: "newest_first", limit: 1 });
    return set;
  }

  async #byMessage(receive: StoredEvent): Promise<TimerFound | undefined> {
    const tags = [receive.tag];
    const sets = await this.#newest({
      kinds: ["timer"],
      tags,
      peers: [receive.pid, NONE],
      beforeId: receive.id,
    });
    const due = sets.filter(
      (set) => isSetting(set) && equalMessage(set, receive) && dueAt(set) <= receive.ts,
    );
    if (due.length === 0) return undefined;
    const equal = { kinds: ["receive"], pids: [receive.pid], tags, beforeId: receive.id } as const;
    const before = (await this.#newest(equal)).find(({ payload }) => sameBytes(payload, receive.payload));
    // What was due before the last equal message has been that one.
    const open = before ? due.filter((set) => dueAt(set) > before.ts) : due;
    const waiting = await this.#notCancelled(open);
    const set = earliest(waiting) ?? due[0]!;
    return { set, certain: waiting.length === 1 };
  }

  async #notCancelled(sets: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const fates = await Promise.all(sets.map(async (set) => ({ set, ref: await this.reference(set) })));
    const kept = await Promise.all(
      fates.map(async ({ set, ref }) => (ref && (await this.#cancelling(set, ref)) ? [] : [set])),
    );
    return kept.flat();
  }

  /** The reference that the function answered. */
  async reference(set: StoredEvent): Promise<Uint8Array | undefined> {
    const after = { kinds: ["timer"], pids: [set.pid], afterId: set.id } as const;
    const [result] = await this.#store.events({ ...after, order: "oldest_first", limit: 1 });
    return result && result.tag === this.#lookup.atom("result") && result.mfa === set.mfa
      ? result.payload
      : undefined;
  }

  async fate(set: StoredEvent): Promise<TimerFate> {
    const ref = await this.reference(set);
    const cancelled = ref && (await this.#cancelling(set, ref));
    if (cancelled) return { fired: undefined, cancelled, certain: true };
    const byRef = this.#lookup.function(set.mfa)?.function === "start_timer";
    const tags = [byRef ? this.#lookup.atom("timeout") : set.tag];
    const who: EventFilter = set.peer === NONE ? {} : { pids: [set.peer] };
    const after = { ...who, kinds: ["receive"], tags, from: dueAt(set), afterId: set.id } as const;
    const receives = await this.#store.events({ ...after, order: "oldest_first", limit: ROWS });
    const fired = receives.find(({ payload }) => {
      const of = byRef ? timeoutRef(payload) : undefined;
      return byRef
        ? of !== undefined && ref !== undefined && sameBytes(of, ref)
        : sameBytes(messageOf(set), payload);
    });
    const certain = byRef || (fired !== undefined && (await this.of(fired))?.set.id === set.id);
    return { fired, cancelled: undefined, certain };
  }

  /** The call of `cancel_timer` that came in time: its value is what was left, or `ok` where it did not wait. */
  async #cancelling(set: StoredEvent, ref: Uint8Array): Promise<StoredEvent | undefined> {
    const functions = [1, 2].flatMap((arity) =>
      this.#lookup.functionsMatching(
        (name) => name.module === "erlang" && name.function === "cancel_timer" && name.arity === arity,
      ),
    );
    const after = { kinds: ["timer"], functions, tags: [NONE], afterId: set.id } as const;
    const calls = await this.#store.events({ ...after, order: "oldest_first", limit: ROWS });
    for (const call of calls.filter(({ payload }) => sameBytes(payload, ref))) {
      const left = await this.reference(call);
      if (left && !isFalse(left)) return call;
    }
    return undefined;
  }

  #newest(filter: EventFilter): Promise<readonly StoredEvent[]> {
    return this.#store.events({ ...filter, order: "newest_first", limit: ROWS });
  }
}

/** Is it the call that sets a timer, not its value, nor a cancellation? */
export const isSetting = ({ payload }: StoredEvent): boolean => {
  const arity = payload.length > 0 && payload[0] === 104 ? tupleArity(payload, 0) : 0;
  return arity === 2 || arity === 3;
};

/** `{Time, Message, …}` */
const messageOf = ({ payload }: StoredEvent): Uint8Array => {
  const start = skipTerm(payload, 2);
  return payload.subarray(start, skipTerm(payload, start));
};

const equalMessage = (set: StoredEvent, { payload }: StoredEvent): boolean =>
  sameBytes(messageOf(set), payload);

/** When it fires: not before this. An absolute time is the node's own clock, of which only "later" is known. */
function dueAt(set: StoredEvent): bigint {
  const time = decodeTerm(set.payload, 2).term;
  const relative = tupleArity(set.payload, 0) === 2 && typeof time === "number";
  return relative ? set.ts + BigInt(Math.max(0, time)) * 1_000_000n : set.ts;
}

const earliest = (sets: readonly StoredEvent[]): StoredEvent | undefined =>
  sets.toSorted((a, b) => (dueAt(a) < dueAt(b) ? -1 : 1))[0];

/** The reference in `{timeout, Ref, Message}`. */
function timeoutRef(payload: Uint8Array): Uint8Array | undefined {
  if (payload[0] !== 104 || tupleArity(payload, 0) !== 3) return undefined;
  const start = skipTerm(payload, 2);
  return REFERENCES.has(payload[start]!) ? payload.subarray(start, skipTerm(payload, start)) : undefined;
}
const REFERENCES: ReadonlySet<number> = new Set([90, 101, 114]);

const isFalse = (payload: Uint8Array): boolean => {
  const { term } = decodeTerm(payload, 0);
  return typeof term === "object" && "name" in term && term.name === "false";
};
