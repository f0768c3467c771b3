import type { Sample, SampleGroup, Summary } from "../analysis/index.ts";
import { groupSampleSteps, type ProcessTable } from "../analysis/index.ts";
import { ElixirScopeError, EVENT_KINDS, type EventKind, kindOf, NONE } from "../model/index.ts";
import type {
  AggregateAnswer,
  AggregateGroup,
  AggregateInput,
  AggregateKey,
  Measure,
  Statistics,
} from "../protocol/index.ts";
import {
  type AggregateRow,
  type EventFilter,
  type GroupColumn,
  Pace,
  type StoredEvent,
} from "../store/index.ts";
import { storeFilter } from "./event-filter.ts";
import { callerOf } from "./lookup.ts";
import { timeSpan } from "./time-span.ts";
import { readTimes } from "./waits-query.ts";
import { applicationText, framesOf, outerCaller, readWork, type WorkSources } from "./work-reader.ts";

const LIMIT = 20;
/** Most stretches of time in one answer, and most groups that are looked at to find the greatest. */
const STRETCHES = 2_000;
const GROUPS = 200_000;

/** What of an event, or of a frame, a key is made from. */
type Keyed = Pick<StoredEvent, "kind" | "node" | "pid" | "peer" | "mfa" | "tag">;

const COLUMNS: Readonly<Record<AggregateKey, GroupColumn>> = {
  kind: "kind",
  node: "node",
  process: "pid",
  peer: "peer",
  mfa: "mfa",
  tag: "tag",
  application: "pid",
  caller: "tag",
};

/** Counts, sums and percentiles, by groups and over time. */
export class AggregateQuery {
  readonly #sources: WorkSources & { readonly table: ProcessTable };

  constructor(sources: WorkSources & { readonly table: ProcessTable }) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_TOO_FINE`, `QUERY_NO_AGGREGATE`, `BAD_MFA_PATTERN` */
  async answer(input: AggregateInput): Promise<AggregateAnswer> {
    const span = await timeSpan(input, this.#sources);
    const { everyNs } = input;
    if (everyNs !== undefined && (span.to - span.from) / everyNs > STRETCHES)
      throw new ElixirScopeError(
        "QUERY_TOO_FINE",
        `That would be more than ${STRETCHES} stretches of time. Give a longer one, or less time to look at.`,
        { everyNs, from: span.from, to: span.to },
      );
    const of = input.of ?? "events";
    const by = input.by ?? (of === "events" || of === "bytes" ? ["kind"] : ["mfa"]);
    const found =
      of === "events" || of === "bytes"
        ? await this.#events(input, of, by)
        : await this.#samples(input, of, by);
    const unit = of === "events" ? "events" : of === "bytes" ? "bytes" : "ns";
    return { of, unit, by, ...span, everyNs: everyNs ?? null, ...found };
  }

  /** Of all events, as the store sums them up. */
  async #events(input: AggregateInput, of: Measure, by: readonly AggregateKey[]): Promise<Found> {
    if (input.flow !== undefined)
      throw new ElixirScopeError(
        "QUERY_NO_AGGREGATE",
        "Events of a flow are no aggregate: ask for `duration`, `own`, `mailbox` or `work` of it, or for its events.",
      );
    const { store } = this.#sources;
    const filter = storeFilter(input, this.#sources);
    const columns = [...new Set(by.map((key) => COLUMNS[key]))];
    const percentiles = of === "bytes";
    const isCounted = of === "events" && by.join() === "kind" && input.everyNs === undefined;
    const rows = isCounted
      ? rowsOfCounts(await store.countByKind(filter))
      : await store.aggregate({ ...filter, by: columns, percentiles, limit: GROUPS });
    const complete = rows.length < GROUPS;
    const wholes = complete ? rows : await store.aggregate({ ...filter, by: [], limit: 1 });
    const groups = await this.#grouped(rows, columns, by);
    const sorted = await new Pace().sorted(
      [...groups.values()],
      (a, b) => (of === "bytes" ? b.bytes - a.bytes : 0) || b.count - a.count || order(a.key, b.key),
    );
    const shown = sorted.slice(0, input.limit ?? LIMIT);
    const series = await this.#series(input, filter, columns, by, shown, percentiles);
    const total = {
      count: sum(wholes, ({ count }) => count),
      sum: of === "bytes" ? sum(wholes, ({ bytes }) => bytes) : null,
    };
    const told = (one: Sums): Statistics => (of === "bytes" ? sizes(one) : { ...NO_SIZES, count: one.count });
    return {
      groups: shown.map((one) => ({
        key: one.key,
        handles: one.handles,
        ...told(one),
        series: (series.get(one.name) ?? []).map(({ t, ...rest }) => ({ t, ...told(rest) })),
      })),
      other: {
        count: total.count - sum(shown, ({ count }) => count),
        sum: total.sum === null ? null : total.sum - sum(shown, ({ bytes }) => bytes),
      },
      total,
      scanned: total.count,
      complete,
    };
  }

  /** By what the keys read; several rows of the store may read the same (processes of one application). */
  async #grouped(
    rows: readonly AggregateRow[],
    columns: readonly GroupColumn[],
    by: readonly AggregateKey[],
  ): Promise<ReadonlyMap<string, Group>> {
    const groups = new Map<string, Group>();
    const pace = new Pace();
    for (const row of rows) {
      if (pace.isOver) await pace.rest();
      const keyed = keyedOf(row, columns);
      const name = this.#name(keyed, by);
      const found = groups.get(name);
      if (found) add(found, row);
      else groups.set(name, { name, rows: [row], ...this.#keyOf(keyed, by), ...sumsOf(row) });
      if (found) found.rows.push(row);
    }
    return groups;
  }

  async #series(
    { everyNs }: AggregateInput,
    filter: EventFilter,
    columns: readonly GroupColumn[],
    by: readonly AggregateKey[],
    shown: readonly Group[],
    percentiles: boolean,
  ): Promise<ReadonlyMap<string, readonly (Sums & { readonly t: number })[]>> {
    if (everyNs === undefined || shown.length === 0) return new Map();
    const { store, clock } = this.#sources;
    const { first = clock.origin, last = clock.origin } = await store.totals();
    const rows = await store.aggregate({
      ...filter,
      from: filter.from ?? first,
      to: filter.to ?? last,
      ...onlyOf(columns, shown, filter),
      by: columns,
      every: { origin: clock.origin, ns: BigInt(everyNs) },
      percentiles,
      limit: GROUPS,
    });
    const wanted = new Set(shown.map(({ name }) => name));
    const series = new Map<string, Map<number, Sums>>();
    const pace = new Pace();
    for (const row of rows) {
      if (pace.isOver) await pace.rest();
      const name = this.#name(keyedOf(row, columns), by);
      if (!wanted.has(name)) continue;
      const stretches = series.get(name) ?? new Map<number, Sums>();
      series.set(name, stretches);
      const before = stretches.get(row.bucket);
      if (before) add(before, row);
      else stretches.set(row.bucket, sumsOf(row));
    }
    return new Map(
      [...series].map(([name, stretches]) => [
        name,
        [...stretches].map(([bucket, sums]) => ({ t: bucket * everyNs, ...sums })).sort((a, b) => a.t - b.t),
      ]),
    );
  }

  /** Of what was read: durations and waits are in no column. */
  async #samples(input: AggregateInput, of: Measure, by: readonly AggregateKey[]): Promise<Found> {
    const { samples, scanned, complete, handles } = await this.#read(input, of, by);
    const { everyNs } = input;
    const every =
      everyNs === undefined ? undefined : { origin: this.#sources.clock.origin, ns: BigInt(everyNs) };
    const groups = await new Pace().run(groupSampleSteps(samples, every));
    const shown = groups.slice(0, input.limit ?? LIMIT);
    const total = { count: sum(groups, ({ count }) => count), sum: sum(groups, (one) => one.sum) };
    return {
      groups: shown.map((group) => this.#sampleGroup(group, handles, everyNs ?? 0)),
      other: {
        count: total.count - sum(shown, ({ count }) => count),
        sum: total.sum - sum(shown, (one) => one.sum),
      },
      total,
      scanned,
      complete,
    };
  }

  #sampleGroup(group: SampleGroup, handles: ReadonlyMap<string, Key>, everyNs: number): AggregateGroup {
    return {
      ...handles.get(group.key[0]!)!,
      ...measured(group),
      series: group.series.map(({ bucket, ...rest }) => ({ t: bucket * everyNs, ...measured(rest) })),
    };
  }

  async #read(input: AggregateInput, of: Measure, by: readonly AggregateKey[]): Promise<ReadSamples> {
    const samples: Sample[] = [];
    const handles = new Map<string, Key>();
    const take = (keyed: Keyed, ts: bigint, value: number, caller?: string | null): void => {
      const name = `${this.#name(keyed, by)} ${by.includes("caller") ? caller : ""}`;
      if (!handles.has(name)) handles.set(name, this.#keyOf(keyed, by, caller));
      samples.push({ key: [name], ts, value });
    };
    if (of === "mailbox") {
      const { times, scanned, complete } = await readTimes(input, this.#sources, input.read);
      await new Pace().map(times, ({ event, waitNs }) => {
        if (waitNs !== undefined) take(event, event.ts, Number(waitNs));
      });
      return { samples, handles, scanned, complete };
    }
    const { roots, isFunction, scanned, complete } = await readWork(input, this.#sources, input.read);
    const { lookup } = this.#sources;
    const pace = new Pace();
    for (const frame of [...roots.values()].flatMap(framesOf)) {
      if (pace.isOver) await pace.rest();
      if (frame.durationNs === undefined || !isFunction(frame)) continue;
      if (of === "work" && frame.type !== "callback") continue;
      const value = Number(of === "own" ? frame.ownNs : frame.durationNs);
      take(frame.begin, frame.begin.ts, value, outerCaller(frame, lookup));
    }
    return { samples, handles, scanned, complete };
  }

  /** Tells groups apart: two processes may have one name. */
  #name(keyed: Keyed, by: readonly AggregateKey[]): string {
    return by
      .map((key) =>
        key === "application" || key === "caller" ? this.#text(keyed, key) : keyed[COLUMNS[key]],
      )
      .join(" ");
  }

  #keyOf(keyed: Keyed, by: readonly AggregateKey[], caller?: string | null): Key {
    return {
      key: by.map((key) =>
        key === "caller" && caller !== undefined ? (caller ?? "") : this.#text(keyed, key),
      ),
      handles: by.map((key) => {
        const process = key === "process" ? keyed.pid : key === "peer" ? keyed.peer : NONE;
        return process === NONE ? null : `p-${process}`;
      }),
    };
  }

  #text(keyed: Keyed, key: AggregateKey): string {
    const { lookup, names, table } = this.#sources;
    switch (key) {
      case "kind":
        return keyed.kind;
      case "node":
        return lookup.nodeName(keyed.node);
      case "process":
        return names.ref(keyed.pid)?.label ?? "";
      case "peer":
        return names.ref(keyed.peer)?.label ?? "";
      case "mfa":
        return lookup.mfa(keyed.mfa) ?? "";
      case "tag":
        return keyed.tag === NONE ? "" : lookup.atomName(keyed.tag);
      case "application":
        return applicationText(table.processes.get(keyed.pid)?.application ?? "");
      case "caller":
        return keyed.tag === NONE ? "" : callerOf(lookup.atomName(keyed.tag)).mfa;
    }
  }
}

type Found = Pick<AggregateAnswer, "groups" | "other" | "total" | "scanned" | "complete">;
type Key = Pick<AggregateGroup, "key" | "handles">;

interface ReadSamples {
  readonly samples: readonly Sample[];
  readonly handles: ReadonlyMap<string, Key>;
  readonly scanned: number;
  readonly complete: boolean;
}

interface Sums {
  count: number;
  bytes: number;
  least: number;
  most: number;
  percentiles: readonly [number, number, number] | undefined;
}

interface Group extends Key, Sums {
  readonly name: string;
  readonly rows: AggregateRow[];
}

const sumsOf = ({ count, bytes, least, most, percentiles }: AggregateRow): Sums => ({
  count,
  bytes,
  least,
  most,
  percentiles,
});

/** Events by kind are counted as they come in: that is much faster than to look at all. */
const rowsOfCounts = (counts: Readonly<Partial<Record<EventKind, number>>>): readonly AggregateRow[] =>
  Object.entries(counts).flatMap(([kind, count]) =>
    count === 0
      ? []
      : [{ key: [EVENT_KINDS[kind as EventKind]], bucket: 0, count, bytes: 0, least: 0, most: 0 }],
  );

/** Percentiles of a whole cannot be made from those of its parts. */
function add(sums: Sums, row: AggregateRow): void {
  sums.count += row.count;
  sums.bytes += row.bytes;
  sums.least = Math.min(sums.least, row.least);
  sums.most = Math.max(sums.most, row.most);
  sums.percentiles = undefined;
}

function keyedOf({ key }: AggregateRow, columns: readonly GroupColumn[]): Keyed {
  const of = (column: GroupColumn): number => key[columns.indexOf(column)] ?? NONE;
  const kind = kindOf(of("kind")) ?? "gap";
  return { kind, node: of("node"), pid: of("pid"), peer: of("peer"), mfa: of("mfa"), tag: of("tag") };
}

/** No more than the groups that are shown, as far as columns by themselves can say it. */
function onlyOf(columns: readonly GroupColumn[], shown: readonly Group[], filter: EventFilter): EventFilter {
  const values = (column: GroupColumn): readonly number[] => [
    ...new Set(shown.flatMap(({ rows }) => rows.map(({ key }) => key[columns.indexOf(column)]!))),
  ];
  const filters: Partial<Record<GroupColumn, (all: readonly number[]) => EventFilter>> = {
    kind: (all) => ({ kinds: all.flatMap((code) => kindOf(code) ?? []) }),
    pid: (pids) => ({ pids }),
    peer: (peers) => ({ peers }),
    mfa: (functions) => ({ functions }),
    tag: (tags) => ({ tags }),
    node: (nodes) => (filter.nodes ? {} : { nodes }),
  };
  return Object.assign({}, ...columns.map((column) => filters[column]?.(values(column)))) as EventFilter;
}

const sum = <T>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((total, one) => total + of(one), 0);

const order = (a: readonly string[], b: readonly string[]): number =>
  a.join(" ") < b.join(" ") ? -1 : a.join(" ") > b.join(" ") ? 1 : 0;

const NO_SIZES = { sum: null, avg: null, least: null, most: null, p50: null, p95: null, p99: null };

const sizes = ({ count, bytes, least, most, percentiles }: Sums): Statistics => ({
  count,
  sum: bytes,
  avg: bytes / count,
  least,
  most,
  p50: percentiles?.[0] ?? null,
  p95: percentiles?.[1] ?? null,
  p99: percentiles?.[2] ?? null,
});

const measured = ({ count, sum: total, least, most, percentiles: [p50, p95, p99] }: Summary): Statistics => ({
  count,
  sum: total,
  avg: total / count,
  least,
  most,
  p50,
  p95,
  p99,
});
