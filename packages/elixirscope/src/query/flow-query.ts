import type {
  ExportFlows,
  ExportFlowsInput,
  FlowAnswer,
  FlowList,
  FlowRow,
  FlowsInput,
} from "../protocol/index.ts";
import { Pace, type TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import {
  EVENTS,
  type ReadFlows,
  readFlow,
  readFlows,
  SKEW_NS,
  type StoredFlow,
  skewOf,
} from "./flow-reader.ts";
import { type FlowRowSources, FlowRows } from "./flow-rows.ts";
import { type BroadcastsById, flowSteps } from "./flow-steps.ts";
import { flowTitles } from "./flow-titles.ts";
import type { Lookup } from "./lookup.ts";

export interface FlowSources extends FlowRowSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly broadcasts: BroadcastsById;
}

/** Of flows those that one of these processes took part in, and that passed one of these nodes. */
export interface ChosenFlows {
  readonly processes: readonly number[] | undefined;
  readonly nodes: readonly number[] | undefined;
}

/** Flows as they are put together from the record, in bounded amounts. */
export class FlowQuery {
  readonly #sources: FlowSources;
  readonly #rows: FlowRows;

  constructor(sources: FlowSources) {
    this.#sources = sources;
    this.#rows = new FlowRows(sources);
  }

  async list(input: FlowsInput, chosen: ChosenFlows): Promise<FlowList> {
    const { clock, store, lookup } = this.#sources;
    const from = input.from === undefined ? undefined : clock.ts(input.from);
    if (from === undefined && input.sort !== "slowest") return this.#newest(input, chosen);
    const read = await readFlows(
      store,
      lookup,
      from === undefined ? { order: "newest_first" } : { order: "oldest_first", from: from - SKEW_NS },
    );
    const found = await this.#wanted(input, chosen, read.flows.flows, Number.POSITIVE_INFINITY);
    const rows = found.map(([, row]) => row);
    if (input.sort === "slowest") rows.sort((a, b) => b.durationNs - a.durationNs);
    return listOf(read, rows, input.limit ?? LIMIT);
  }

  /** Newest first: more is read only where what was read does not fill the list. */
  async #newest(input: FlowsInput, chosen: ChosenFlows, step: number = 0): Promise<FlowList> {
    const { store, lookup } = this.#sources;
    const limit = input.limit ?? LIMIT;
    const read = await readFlows(store, lookup, { order: "newest_first", limit: READ[step]! });
    const found = await this.#wanted(input, chosen, read.flows.flows, limit + 1);
    const from = read.from + (await skewOf(store));
    // What begins within another flow may be a part of one that began before what was read.
    const isWhole = ({ start }: StoredFlow): boolean =>
      lookup.atomName(start.tag) === "start" && start.ts > from;
    const isEnough = found.length > limit && found.every(([flow]) => isWhole(flow));
    if (read.more && step < READ.length - 1 && !isEnough) return this.#newest(input, chosen, step + 1);
    const rows = found.map(([, row]) => row);
    return listOf(read, rows, limit);
  }

  /** Newest first, so many at most. */
  async #wanted(
    input: FlowsInput,
    chosen: ChosenFlows,
    flows: readonly StoredFlow[],
    most: number,
  ): Promise<(readonly [StoredFlow, FlowRow])[]> {
    // Only where it is asked for, what each of them is called is looked up before some are chosen.
    const all = input.entry === undefined ? undefined : await flowTitles(this.#sources, flows);
    const found: (readonly [StoredFlow, FlowRow])[] = [];
    const pace = new Pace();
    for (const flow of flows.toReversed()) {
      if (found.length === most) break;
      if (pace.isOver) await pace.rest();
      const row = this.#rows.row(flow, all?.get(flow));
      if (isWanted(input, chosen, flow, row)) found.push([flow, row]);
    }
    if (all) return found;
    const titles = await flowTitles(
      this.#sources,
      found.map(([flow]) => flow),
    );
    return found.map(([flow, row]) => [flow, { ...row, title: titles.get(flow) ?? row.title }] as const);
  }

  /** The next flows of all that are wanted, whole, in the order of their starts. */
  async page(input: ExportFlowsInput, chosen: ChosenFlows): Promise<ExportFlows> {
    const { store, clock } = this.#sources;
    const [last] = input.after === undefined ? [] : await store.eventsByIds([input.after]);
    const given = input.from === undefined ? undefined : clock.ts(input.from);
    const { read, ahead } = await this.#ahead(last?.ts ?? given, input.after ?? 0);
    // Those that began late in what was read may go on beyond it.
    const some = read.more ? ahead.slice(0, Math.ceil(ahead.length / 2)) : ahead;
    return this.#whole(input, chosen, { some, all: read.flows.flows, more: read.more });
  }

  /** A stretch of the record in which flows begin behind an event. */
  async #ahead(
    ts: bigint | undefined,
    afterId: number,
  ): Promise<{ readonly read: ReadFlows; readonly ahead: readonly StoredFlow[] }> {
    const { store, lookup } = this.#sources;
    let from = ts === undefined ? undefined : ts - SKEW_NS;
    for (;;) {
      const read = await readFlows(store, lookup, {
        order: "oldest_first",
        ...(from === undefined ? {} : { from }),
      });
      const ahead = read.flows.flows.filter(({ start }) => start.id > afterId);
      if (ahead.length > 0 || !read.more || read.to === from) return { read, ahead };
      from = read.to;
    }
  }

  async #whole(
    input: ExportFlowsInput,
    chosen: ChosenFlows,
    { some, all, more }: Stretch,
  ): Promise<ExportFlows> {
    const titles = await flowTitles(this.#sources, some);
    const answers: FlowAnswer[] = [];
    for (const flow of some) {
      if (answers.length === PAGE) return { flows: answers, next: Number(answers.at(-1)!.id.slice(2)) };
      const row = this.#rows.row(flow, titles.get(flow));
      if (input.to !== undefined && row.t > input.to) return { flows: answers, next: null };
      if (!isWanted(input, chosen, flow, row)) continue;
      answers.push(this.#rows.answer(flow, titles.get(flow), await flowSteps(this.#sources, flow, all)));
    }
    return { flows: answers, next: more ? (some.at(-1)?.start.id ?? null) : null };
  }

  async row(flow: StoredFlow): Promise<FlowRow> {
    return this.#rows.row(flow, (await flowTitles(this.#sources, [flow])).get(flow));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_FLOW` */
  async flow(text: string): Promise<FlowAnswer> {
    const { store, lookup } = this.#sources;
    const { flow, all } = await readFlow(store, lookup, text);
    const titles = await flowTitles(this.#sources, [flow]);
    const told = await flowSteps(this.#sources, flow, all);
    return this.#rows.answer(flow, titles.get(flow), told);
  }
}

const LIMIT = 100;
/** Events that are read for a list of the newest flows: a few suffice where flows are short. */
const READ = [2_000, 10_000, EVENTS] as const;

function listOf(read: ReadFlows, rows: readonly FlowRow[], limit: number): FlowList {
  const { flows, scanned, more } = read;
  return {
    rows: rows.slice(0, limit),
    scanned,
    more: more || rows.length > limit,
    strays: flows.strays,
    foreign: flows.foreign.length,
  };
}

/** Flows of one page of an export. */
const PAGE = 100;

/** Flows that are known whole, among all of the same stretch of the record. */
interface Stretch {
  readonly some: readonly StoredFlow[];
  readonly all: readonly StoredFlow[];
  /** Is there more of the record behind them? */
  readonly more: boolean;
}

function isWanted(input: FlowsInput, chosen: ChosenFlows, flow: StoredFlow, row: FlowRow): boolean {
  const { processes, nodes } = chosen;
  const entry = input.entry?.toLowerCase();
  const error = input.error?.toLowerCase();
  return (
    (input.from === undefined || row.t >= input.from) &&
    (input.to === undefined || row.t <= input.to) &&
    (input.failed === undefined || row.failed === input.failed) &&
    (entry === undefined || `${row.entry} ${row.title} ${row.summary}`.toLowerCase().includes(entry)) &&
    (error === undefined || row.error?.toLowerCase().includes(error) === true) &&
    row.durationNs >= (input.minNs ?? 0) &&
    (processes === undefined || flow.spans.some(({ pid }) => processes.includes(pid))) &&
    (nodes === undefined || flow.spans.some(({ node }) => nodes.includes(node)))
  );
}
