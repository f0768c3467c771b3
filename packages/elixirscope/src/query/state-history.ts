import { decodeTerm, isTagged, skipTerm } from "@elixirscope/etf";
import { type CallbackStep, CallbackWalk } from "../analysis/index.ts";
import type { StateList, StatesInput } from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import { losesMessages } from "./message-window.ts";
import { type StateRowParts, stateRow } from "./state-row.ts";

/** Events looked at before the first state of a page, to know which messages were still waiting then. */
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
  const rows = page.map((event, i) => {
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
  const pids = { pids: parts.processes };
  const [first, last] = [page[0]!.id, page.at(-1)!.id];
  const exact = (await store.count({ ...pids, kinds: ["dispatch"] })) > 0;
  const gaps = (await store.gaps()).filter(losesMessages).map(({ to }) => to);
  const walker = new CallbackWalk<StoredEvent>(parts, exact);
  const steps = new Map<number, CallbackStep<StoredEvent>>();
  const before = new Map<number, StoredEvent>();
  const newest = new Map<number, StoredEvent>();
  let at: bigint | undefined;
  const take = (event: StoredEvent): void => {
    const since = at;
    if (since !== undefined && gaps.some((to) => since <= to && to < event.ts)) walker.lost();
    at = event.ts;
    const step = walker.step(event);
    if (!step) return;
    steps.set(event.id, step);
    const previous = newest.get(event.pid);
    if (previous) before.set(event.id, previous);
    newest.set(event.pid, event);
  };
  const look = { ...pids, kinds: KINDS } as const;
  const back = { ...look, beforeId: first, order: "newest_first", limit: LOOK_BACK } as const;
  for (const event of (await store.events(back)).toReversed()) take(event);
  for (let afterId = first - 1; afterId < last; ) {
    const bounds = { afterId, beforeId: last + 1, order: "oldest_first", limit: PIECE } as const;
    const piece = await store.events({ ...look, ...bounds });
    for (const event of piece) take(event);
    if (piece.length < PIECE) break;
    afterId = piece.at(-1)!.id;
  }
  return { steps, before };
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
