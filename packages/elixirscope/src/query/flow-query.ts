import type { FlowAnswer, FlowList, FlowRow, FlowsInput } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { readFlow, readFlows, SKEW_NS, type StoredFlow } from "./flow-reader.ts";
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

/** Flows as they are put together from the record, in bounded amounts. */
export class FlowQuery {
  readonly #sources: FlowSources;
  readonly #rows: FlowRows;

  constructor(sources: FlowSources) {
    this.#sources = sources;
    this.#rows = new FlowRows(sources);
  }

  async list(input: FlowsInput, process: readonly number[] | undefined): Promise<FlowList> {
    const { clock, store, lookup } = this.#sources;
    const from = input.from === undefined ? undefined : clock.ts(input.from);
    const read = await readFlows(
      store,
      lookup,
      from === undefined ? { order: "newest_first" } : { order: "oldest_first", from: from - SKEW_NS },
    );
    const { flows, strays, foreign } = read.flows;
    const titles = await flowTitles(this.#sources, flows);
    const entry = input.entry?.toLowerCase();
    const wanted = (flow: StoredFlow, row: FlowRow): boolean =>
      (input.from === undefined || row.t >= input.from) &&
      (input.to === undefined || row.t <= input.to) &&
      (input.failed === undefined || row.failed === input.failed) &&
      (entry === undefined || `${row.entry} ${row.title} ${row.summary}`.toLowerCase().includes(entry)) &&
      (process === undefined || flow.spans.some(({ pid }) => process.includes(pid)));
    const rows = flows
      .map((flow) => [flow, this.#rows.row(flow, titles.get(flow))] as const)
      .filter(([flow, row]) => wanted(flow, row))
      .map(([, row]) => row)
      .toReversed();
    const limit = input.limit ?? 100;
    const more = read.more || rows.length > limit;
    return { rows: rows.slice(0, limit), scanned: read.scanned, more, strays, foreign: foreign.length };
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
