import { type Execution, type Loss, replayCallSteps } from "../analysis/index.ts";
import { type Gap, NONE } from "../model/index.ts";
import type { ExecutionList, ExecutionRow, ExecutionsInput } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import type { EventRows } from "./event-rows.ts";
import { flowsAt } from "./flow-locator.ts";
import { callerOf, type Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";
import type { Sources } from "./sources.ts";

/** Most calls and ends that are read, and ends of processes that calls still stood in. */
const WINDOW = 20_000;
const EXITS = 2_000;
/** Behind the stretch of time that is asked for. */
const TAIL = 5_000;
const DEFAULT_LIMIT = 100;
const NOTHING = new Uint8Array(0);
/** Longest arguments and results in a list, in characters; the events have more. */
const TERM_LENGTH = 2_000;

const KINDS = ["call", "return", "exception"] as const;

export interface ExecutionSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly rows: EventRows;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** The newest calls of traced functions with how they ended. */
export class ExecutionsQuery {
  readonly #parts: ExecutionSources;

  constructor(parts: ExecutionSources) {
    this.#parts = parts;
  }

  /** @param filter the question's process, function and nodes */
  async list(input: ExecutionsInput, { processes, functions, nodes }: EventFilter): Promise<ExecutionList> {
    const pids = {
      ...(processes === undefined ? {} : { pids: processes }),
      ...(nodes === undefined ? {} : { nodes }),
    };
    const span = spanOf(input, this.#parts.clock);
    const until = span.to === undefined ? {} : { to: span.to };
    const events = await this.#newest({ ...pids, ...until, kinds: KINDS }, WINDOW);
    const tail = await this.#tail(events, span.to);
    const steps = [...events.toReversed(), ...tail];
    const exits = await this.#exits(steps);
    const losses = (await this.#parts.store.gaps()).filter(losesCalls).map(lossOf);
    const pace = new Pace();
    const found = await pace.run(replayCallSteps([...steps, ...exits], this.#within(losses, steps[0])));
    const isWhole = events.length < WINDOW || (span.from !== undefined && events.at(-1)!.ts < span.from);
    const complete = isWhole && tail.length < TAIL;
    const wanted = new Set(functions);
    const rows = found.filter(
      (execution) =>
        (functions === undefined || wanted.has(execution.mfa)) &&
        (input.outcome === undefined || execution.outcome === input.outcome) &&
        // Where the window cuts the record, ends at its start have their calls before it.
        (execution.call !== undefined || events.length < WINDOW) &&
        isWithin(execution, span) &&
        tookSoLong(execution, input),
    );
    const chosen = chosenOf(rows, input).slice(0, input.limit ?? DEFAULT_LIMIT);
    const { store, lookup } = this.#parts;
    const flows = await flowsAt(
      store,
      lookup,
      chosen.map(({ call, end }) => (call ?? end)!),
    );
    const terms = await this.#terms(chosen);
    return {
      rows: await pace.map(chosen, (execution, i) => ({
        ...this.#row(execution, terms),
        flow: flows[i] ?? null,
      })),
      scanned: events.length + tail.length + exits.length,
      complete,
    };
  }

  /** What processes that were in calls at the end of a stretch of time did then, so that these have their ends. */
  async #tail(events: readonly StoredEvent[], to: bigint | undefined): Promise<readonly StoredEvent[]> {
    const [newest] = events;
    if (to === undefined || !newest) return [];
    const pids = openIn(events);
    if (pids.length === 0) return [];
    const behind = { pids, kinds: KINDS, afterId: newest.id, order: "oldest_first", limit: TAIL } as const;
    return this.#parts.store.events({ ...behind, withoutPayload: true });
  }

  /** A process that ended has no call or return after its exit, so exits may come last. */
  async #exits(steps: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const pids = openIn(steps);
    if (pids.length === 0) return [];
    return this.#newest({ pids: pids.slice(0, EXITS), kinds: ["exit"], afterId: steps[0]!.id }, EXITS);
  }

  /** What was given and came back is looked at for those that are shown. */
  #newest(filter: EventFilter, limit: number): Promise<readonly StoredEvent[]> {
    return this.#parts.store.events({ ...filter, order: "newest_first", limit, withoutPayload: true });
  }

  /** Arguments and results, by id of their events. */
  async #terms(chosen: readonly Execution<StoredEvent>[]): Promise<ReadonlyMap<number, Uint8Array>> {
    const ids = chosen.flatMap(({ call, end }) => [call, end].flatMap((event) => event?.id ?? []));
    const events = await this.#parts.store.eventsByIds([...new Set(ids)]);
    return new Map(events.map(({ id, payload }) => [id, payload]));
  }

  #within(losses: readonly Loss[], first: StoredEvent | undefined): readonly Loss[] {
    return first ? losses.filter(({ to }) => to >= first.ts) : [];
  }

  #row(execution: Execution<StoredEvent>, terms: ReadonlyMap<number, Uint8Array>): ExecutionRow {
    const { call, end, parent } = execution;
    const { lookup, rows, sources, names, clock } = this.#parts;
    const first = (call ?? end)!;
    const term = ({ id }: StoredEvent): Uint8Array => terms.get(id) ?? NOTHING;
    const entry = lookup.function(execution.mfa);
    const caller = call && call.tag !== NONE ? callerOf(lookup.atomName(call.tag)) : undefined;
    return {
      id: first.id,
      flow: null,
      endId: end?.id ?? null,
      t: clock.t(first.ts),
      at: clock.iso(first.ts),
      node: first.node,
      process: names.ref(execution.pid),
      mfa: lookup.mfa(execution.mfa) ?? "",
      args: call ? rows.args(term(call), TERM_LENGTH) : null,
      result: end ? rows.term(term(end), TERM_LENGTH) : null,
      outcome: execution.outcome,
      durationNs: execution.durationNs === undefined ? null : Number(execution.durationNs),
      ownNs: execution.ownNs === undefined ? null : Number(execution.ownNs),
      depth: execution.depth,
      parent: parent?.id ?? null,
      caller: caller?.mfa ?? null,
      callerLine: caller?.line ?? null,
      file: entry ? sources.file(entry.module) : null,
      line: entry ? sources.line(entry.module, entry.function, entry.arity) : null,
      certain: execution.certain,
    };
  }
}

/** Processes that may be in a call behind these events. */
function openIn(steps: readonly StoredEvent[]): readonly number[] {
  const open = new Map<number, number>();
  for (const { pid, kind } of steps) open.set(pid, (open.get(pid) ?? 0) + (kind === "call" ? 1 : -1));
  return [...open].flatMap(([pid, depth]) => (depth > 0 ? [pid] : []));
}

interface Span {
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
}

const spanOf = ({ from, to }: ExecutionsInput, clock: Clock): Span => ({
  from: from === undefined ? undefined : clock.ts(from),
  to: to === undefined ? undefined : clock.ts(to),
});

/** Was it called then? Of one whose call is not in the record that is not known. */
function isWithin({ call }: Execution<StoredEvent>, { from, to }: Span): boolean {
  if (!call) return from === undefined && to === undefined;
  return (from === undefined || call.ts >= from) && (to === undefined || call.ts <= to);
}

function tookSoLong(
  { outcome, durationNs }: Execution<StoredEvent>,
  { minNs, maxNs }: ExecutionsInput,
): boolean {
  const took = outcome === "open" ? Number.POSITIVE_INFINITY : Number(durationNs ?? Number.NaN);
  // What is not known is neither.
  return (minNs === undefined || took >= minNs) && (maxNs === undefined || took <= maxNs);
}

/** Does it tell of lost calls or ends of calls, or of a time in which nothing was traced? */
const losesCalls = ({ dropped }: Gap): boolean =>
  Object.keys(dropped).length === 0 || KINDS.some((kind) => (dropped[kind] ?? 0) > 0);

const lossOf = ({ node, from, to }: Gap): Loss => ({ node, from, to });

function chosenOf(
  found: readonly Execution<StoredEvent>[],
  { endedAfterId, sort }: ExecutionsInput,
): readonly Execution<StoredEvent>[] {
  if (endedAfterId !== undefined) {
    const endOf = ({ end }: Execution<StoredEvent>): number => end?.id ?? 0;
    return found.filter((one) => endOf(one) > endedAfterId).sort((a, b) => endOf(a) - endOf(b));
  }
  if (sort === undefined || sort === "newest") return found.toReversed();
  const key = sort === "own" ? "ownNs" : "durationNs";
  const weight = (one: Execution<StoredEvent>): number =>
    one.outcome === "open" ? Number.POSITIVE_INFINITY : Number(one[key] ?? -1);
  return found.toSorted((a, b) => (weight(a) === weight(b) ? 0 : weight(b) - weight(a)));
}
