import type { EventRow, StateList, StateRow, StatesInput, TermText } from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";

/** Events looked at before the first state of a page, to know which messages were still waiting then. */
const LOOK_BACK = 2_000;
/** Events read in one piece. */
const PIECE = 10_000;

/** Tags of the External Term Format. */
const SMALL_TUPLE = 104;
const ATOMS: ReadonlySet<number> = new Set([100, 115, 118, 119]);

const KINDS = ["receive", "state"] as const;

/** What a history is made with: the store, the rows that a person reads, and the filter of the question. */
export interface StateHistoryParts {
  readonly store: TraceStore;
  /** Dictionary indexes of the process (several where a name moved). */
  readonly processes: readonly number[];
  readonly filter: EventFilter;
  row(event: StoredEvent): EventRow;
  term(bytes: Uint8Array): TermText;
}

/**
 * States of one process, oldest first, each with the message that led to it.
 *
 * An OTP process takes its messages in the order in which they came, replies to calls of its own aside: so a state's
 * message is the oldest that was received and not yet taken. Where a callback ran for another reason (`init`,
 * `handle_continue`, a timeout) while messages waited, they are told apart by nothing, and the oldest of them is named.
 */
export async function stateHistory(parts: StateHistoryParts, input: StatesInput): Promise<StateList> {
  const limit = input.limit ?? 100;
  const { store } = parts;
  const pids = { pids: parts.processes };
  const wanted = { ...parts.filter, ...pids, kinds: ["state"] } as const;
  const found = await store.events({ ...wanted, order: "oldest_first", limit: limit + 1 });
  const page = found.slice(0, limit);
  const first = page[0];
  if (!first) return { rows: [], more: false };
  const before = await store.events({
    ...pids,
    kinds: KINDS,
    beforeId: first.id,
    order: "newest_first",
    limit: LOOK_BACK,
  });
  const walk = new Walk();
  for (const event of before.toReversed()) walk.step(event);
  const steps = new Map<number, Step>();
  const last = page.at(-1)!.id;
  for (let afterId = first.id - 1; afterId < last; ) {
    const order = "oldest_first" as const;
    const piece = await store.events({
      ...pids,
      kinds: KINDS,
      afterId,
      beforeId: last + 1,
      order,
      limit: PIECE,
    });
    for (const event of piece) {
      const step = walk.step(event);
      if (step) steps.set(event.id, step);
    }
    if (piece.length < PIECE) break;
    afterId = piece.at(-1)!.id;
  }
  const rows = page.map((event) => stateRow(parts, event, steps.get(event.id)));
  return { rows, more: found.length > limit };
}

function stateRow(parts: StateHistoryParts, event: StoredEvent, step: Step | undefined): StateRow {
  const { id, t, at, tag, mfa } = parts.row(event);
  return {
    id,
    t,
    at,
    module: tag,
    function: mfa,
    state: parts.term(event.payload),
    cause: step ? parts.row(step.cause) : null,
    durationNs: step ? Number(event.ts - step.began) : null,
  };
}

interface Step {
  readonly cause: StoredEvent;
  /** When the callback can have begun at the earliest: the message was there, and the one before was done. */
  readonly began: bigint;
}

/** Follows one process (or several, one after the other) from message to state. */
class Walk {
  readonly #waiting = new Map<number, StoredEvent[]>();
  /** The newest of what may have been none of the process's messages. */
  readonly #others = new Map<number, StoredEvent>();
  readonly #doneAt = new Map<number, bigint>();

  step(event: StoredEvent): Step | undefined {
    const waiting = this.#waiting.get(event.pid) ?? [];
    if (event.kind === "receive") {
      if (isReply(event.payload) || isTimeout(event.payload)) this.#others.set(event.pid, event);
      else {
        waiting.push(event);
        this.#waiting.set(event.pid, waiting);
      }
      return undefined;
    }
    // A reply that no call of its own waited for is a message like any other (a task's result), and the end of a wait is
    // a reason only where no message was waiting.
    const cause = waiting.shift() ?? this.#others.get(event.pid);
    this.#others.delete(event.pid);
    const done = this.#doneAt.get(event.pid);
    this.#doneAt.set(event.pid, event.ts);
    if (!cause) return undefined;
    return { cause, began: done !== undefined && done > cause.ts ? done : cause.ts };
  }
}

/** `{Ref, Reply}` and `{[alias | Ref], Reply}`: taken out of the mailbox by the call that waits for it. */
const isReply = (payload: Uint8Array): boolean =>
  payload[0] === SMALL_TUPLE && payload[1] === 2 && !ATOMS.has(payload[2]!);

/** The BEAM reports `timeout` as received when a `receive` ends by its `after`. */
const isTimeout = (payload: Uint8Array): boolean =>
  payload.length <= 10 &&
  ATOMS.has(payload[0]!) &&
  String.fromCharCode(...payload.subarray(payload[0] === 100 ? 3 : 2)) === "timeout";
