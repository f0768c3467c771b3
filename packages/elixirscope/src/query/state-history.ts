import { decodeTerm, isTagged, skipTerm } from "@elixirscope/etf";
import { type CallbackStep, CallbackWalk } from "../analysis/index.ts";
import type { StateList, StatesInput } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import { lookBack } from "./look-back.ts";
import { losesMessages } from "./message-window.ts";
import { type StateRowParts, stateRow } from "./state-row.ts";

/** Events looked at before the first state of a page at most, to know which messages were still waiting then. */
const LOOK_BACK = 2_000;
/** Events read in one piece. */
const PIECE = 10_000;

const KINDS = ["receive", "dispatch", "state"] as const;

/** What a history is made with: the store, the rows that a person reads, and the filter of the question. */
export interface StateHistoryParts extends StateRowParts {
  readonly store: TraceStore;
  /** Dictionary indexes of the process (several where a name moved). */
  readonly processes: readonly number[];
  readonly filter: EventFilter;
  /** The flow that each of these is a part of. */
  readonly flows: (events: readonly StoredEvent[]) => Promise<readonly (string | null)[]>;
}

/** States of one process, each with the callback and the message that led to it. */
export async function stateHistory(parts: StateHistoryParts, input: StatesInput): Promise<StateList> {
  const limit = input.limit ?? 100;
  const { store } = parts;
  const pids = { pids: parts.processes };
  const order = input.order ?? "oldest_first";
  const found = await store.events({ ...parts.filter, ...pids, kinds: ["state"], order, limit: limit + 1 });
  const page = found.slice(0, limit);
  if (order === "newest_first") page.reverse();
  if (page.length === 0) return { rows: [], more: false, why: await whyNone(parts) };
  const walked = await walkStates(parts, page);
  const reasons = await reasonsOf(parts, page);
  const flows = await parts.flows(page);
  const rows = await new Pace().map(page, (event, i) => {
    const step = walked.steps.get(event.id) ?? { certain: false, postponed: false };
    const version = { event, step, before: walked.before.get(event.id), reason: reasons.get(event.id) };
    return { ...stateRow(parts, version, input.diff === true), flow: flows[i] ?? null };
  });
  if (order === "newest_first") rows.reverse();
  return { rows, more: found.length > limit, why: "" };
}

/** What a walk through a process's callbacks takes. */
export type WalkParts = Pick<StateHistoryParts, "store" | "processes" | "function" | "tag">;

interface Walked {
  readonly steps: ReadonlyMap<number, CallbackStep<StoredEvent>>;
  /** By id of a state, the state before it. */
  readonly before: ReadonlyMap<number, StoredEvent>;
}

/** How each of these states came about: from somewhat before them to their end. */
export async function walkStates(parts: WalkParts, page: readonly StoredEvent[]): Promise<Walked> {
  const { store } = parts;
  const [first, last] = [page[0]!.id, page.at(-1)!.id];
  const gaps = (await store.gaps()).filter(losesMessages).map(({ to }) => to);
  const look = { pids: parts.processes, kinds: KINDS } as const;
  const pids = new Set(page.map(({ pid }) => pid));
  const earlier = await lookBack(store, { ...look, beforeId: first }, LOOK_BACK, (events) => {
    const walk = new StateWalk(parts, true, gaps);
    for (const event of events) walk.take(event);
    return [...pids].every((pid) => walk.isSettled(pid));
  });
  const exact =
    earlier.some(({ kind }) => kind === "dispatch") ||
    (await store.count({ pids: parts.processes, kinds: ["dispatch"] })) > 0;
  const walk = new StateWalk(parts, exact, gaps);
  for (const event of earlier) walk.take(event);
  for (let afterId = first - 1; afterId < last; ) {
    const bounds = { afterId, beforeId: last + 1, order: "oldest_first", limit: PIECE } as const;
    const piece = await store.events({ ...look, ...bounds });
    await new Pace().map(piece, (event) => walk.take(event));
    if (piece.length < PIECE) break;
    afterId = piece.at(-1)!.id;
  }
  return walk;
}

/** From event to event, with what each state followed. */
class StateWalk implements Walked {
  readonly steps = new Map<number, CallbackStep<StoredEvent>>();
  readonly before = new Map<number, StoredEvent>();
  readonly #parts: Pick<WalkParts, "function">;
  readonly #walker: CallbackWalk<StoredEvent>;
  readonly #gaps: readonly bigint[];
  readonly #newest = new Map<number, StoredEvent>();
  /** Processes of gen_statem: what they put back may come again much later. */
  readonly #postponing = new Set<number>();
  #at: bigint | undefined;

  constructor(parts: Pick<WalkParts, "function" | "tag">, exact: boolean, gaps: readonly bigint[]) {
    this.#parts = parts;
    this.#walker = new CallbackWalk<StoredEvent>(parts, exact);
    this.#gaps = gaps;
  }

  take(event: StoredEvent): void {
    const since = this.#at;
    if (since !== undefined && this.#gaps.some((to) => since <= to && to < event.ts)) this.#walker.lost();
    this.#at = event.ts;
    if (this.#parts.function(event)?.module === "gen_statem") this.#postponing.add(event.pid);
    const step = this.#walker.step(event);
    if (!step) return;
    this.steps.set(event.id, step);
    const previous = this.#newest.get(event.pid);
    if (previous) this.before.set(event.id, previous);
    this.#newest.set(event.pid, event);
  }

  /** Can nothing that came before tell more? */
  isSettled(pid: number): boolean {
    return this.#newest.has(pid) && !this.#postponing.has(pid) && this.#walker.inside(pid)?.known === true;
  }
}

/** Of the states that `terminate` was given: the reason that it was given with them, or that the process ended with. */
export async function reasonsOf(
  parts: WalkParts,
  page: readonly StoredEvent[],
): Promise<ReadonlyMap<number, Uint8Array>> {
  const reasons = new Map<number, Uint8Array>();
  const ends = page.filter((event) => parts.function(event)?.function.startsWith("terminate"));
  for (const event of ends) {
    const ending = { pids: [event.pid], afterId: event.id, order: "oldest_first", limit: 1 } as const;
    const [dispatch] = await parts.store.events({ ...ending, kinds: ["dispatch"] });
    const [exit] = await parts.store.events({ ...ending, kinds: ["exit"] });
    const told = dispatch && terminateReason(dispatch.payload);
    const reason = told ?? exit?.payload;
    if (reason) reasons.set(event.id, reason);
  }
  return reasons;
}

/** `{terminate, Reason}` */
function terminateReason(by: Uint8Array): Uint8Array | undefined {
  if (by.length === 0 || !isTagged(decodeTerm(by, 0).term, "terminate", 2)) return undefined;
  return by.subarray(skipTerm(by, 2));
}

async function whyNone({ store, processes, filter }: StateHistoryParts): Promise<string> {
  if ((await store.count({ pids: processes, kinds: ["state"] })) > 0)
    return "There are none in this part of the record.";
  if ((await store.count({ ...filter, kinds: ["state"] })) === 0)
    return "No states are recorded here: that takes the level state (or calls).";
  return "Its state is not known: it went through no callback of gen_server, gen_statem or gen_event while states were recorded. It was idle then, or it keeps its state in a loop of its own, as processes of proc_lib and tasks do.";
}
