import { ElixirScopeError } from "../model/index.ts";
import type { FlowAnswer, FlowList, FlowRow, FlowsInput } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { FLOW_KINDS, readFlows, SKEW_NS, type StoredFlow } from "./flow-reader.ts";
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
    const id = Number(/^(?:f-)?(\d{1,15})$/.exec(text)?.[1] ?? NaN);
    const { store, lookup } = this.#sources;
    const around = { kinds: FLOW_KINDS, afterId: id - 1, beforeId: id + 1, limit: 1 } as const;
    const [start] = Number.isNaN(id) ? [] : await store.events({ ...around, order: "oldest_first" });
    const read =
      start && (await readFlows(store, lookup, { order: "oldest_first", from: start.ts - SKEW_NS }));
    const flow = read?.flows.flows.find((one) => one.start.id === id);
    if (!read || !flow)
      throw new ElixirScopeError(
        "QUERY_NO_SUCH_FLOW",
        `No flow ${JSON.stringify(text)} in this recording. Give an id from the list of flows, such as f-12: elixirscope flows.`,
        { flow: text },
      );
    const titles = await flowTitles(this.#sources, [flow]);
    const told = await flowSteps(this.#sources, flow, read.flows.flows);
    return this.#rows.answer(flow, titles.get(flow), told);
  }
}
