import type { SeriesKind } from "../analysis/index.ts";
import type {
  AggregateAnswer,
  AggregateGroup,
  AggregateInput,
  GapRow,
  NodeFilter,
  SeriesName,
} from "../protocol/index.ts";

/** Values at even distances. */
export interface NamedSeries extends SeriesName {
  readonly kind: SeriesKind;
  /** One for each stretch; NaN: nothing is known. */
  readonly values: number[];
}

/** What is read, and how finely. */
export interface Reach {
  readonly process: string | undefined;
  readonly node: string | number | undefined;
  readonly from: number;
  readonly to: number;
  readonly everyNs: number;
  readonly limit: number;
  /** Events that are read for durations, the newest ones. */
  readonly read: number;
}

export interface SeriesSources {
  readonly aggregate: (input: AggregateInput) => Promise<AggregateAnswer>;
  readonly gaps: (input: NodeFilter) => Promise<readonly GapRow[]>;
  /** Samples of a process, oldest first. */
  readonly samples: (
    process: string,
    from: number,
    to: number,
  ) => Promise<readonly { readonly t: number; readonly memory: number; readonly mailbox: number }[]>;
}

/** Samples come by themselves and say nothing of what an application does. */
const NOT_DONE: ReadonlySet<string> = new Set(["sample", "session", "gap"]);

/** How many stretches there are; the last one, which may not be over, is left out. */
export const stretches = ({ from, to, everyNs }: Reach): number => Math.floor((to - from) / everyNs);

/** Everything of a process, or of the whole record, that can be watched as a series. */
export async function readSeries(reach: Reach, sources: SeriesSources): Promise<NamedSeries[]> {
  const gaps = (await sources.gaps({ node: reach.node })).filter(({ cause }) => cause !== "code_reload");
  const events = await eventSeries(reach, sources);
  const durations = await durationSeries(reach, sources);
  const sampled = reach.process === undefined ? [] : await sampledSeries(reach, reach.process, sources);
  const all = [...events, ...durations, ...sampled];
  for (const { values, of } of all) if (of === "events") forget(values, reach, gaps);
  return all;
}

/** In a gap less was seen than happened. */
function forget(values: number[], { from, everyNs }: Reach, gaps: readonly GapRow[]): void {
  for (const gap of gaps) {
    const first = Math.max(0, Math.floor((gap.from - from) / everyNs));
    const last = Math.min(values.length - 1, Math.floor((gap.to - from) / everyNs));
    for (let i = first; i <= last; i++) values[i] = Number.NaN;
  }
}

async function eventSeries(reach: Reach, { aggregate }: SeriesSources): Promise<NamedSeries[]> {
  const { process, node, from, to, everyNs, limit } = reach;
  const span = { node, from, to, everyNs, limit };
  const found: NamedSeries[] = [];
  const add = (group: AggregateGroup, key: string, handle: string | null): void => {
    if (NOT_DONE.has(group.key[0]!)) return;
    found.push({
      of: "events",
      key,
      process: handle,
      unit: "events",
      kind: "count",
      values: spread(reach, group, ({ count }) => count, 0),
    });
  };
  if (process !== undefined) {
    const { groups } = await aggregate({ ...span, subject: process, by: ["kind", "tag"] });
    for (const group of groups) add(group, group.key.filter((part) => part !== "").join(" "), null);
    return found;
  }
  for (const group of (await aggregate({ ...span, by: ["kind"] })).groups) add(group, group.key[0]!, null);
  const processes = await aggregate({ ...span, by: ["process"] });
  for (const group of processes.groups) add(group, group.key[0]!, group.handles[0] ?? null);
  return found;
}

async function durationSeries(reach: Reach, { aggregate }: SeriesSources): Promise<NamedSeries[]> {
  const { process, node, from, to, everyNs, limit, read } = reach;
  const span = { node, from, to, everyNs, limit, read, ...(process === undefined ? {} : { process }) };
  const series = (of: "duration" | "wait" | "state size", { groups }: AggregateAnswer): NamedSeries[] =>
    groups.map((group) => ({
      of,
      key: group.key[0]!,
      process: group.handles[0] ?? null,
      unit: of === "state size" ? "bytes" : "ns",
      kind: of === "state size" ? "size" : "duration",
      values: spread(reach, group, ({ p95, avg }) => p95 ?? avg ?? Number.NaN, Number.NaN),
    }));
  const durations = await aggregate({ ...span, of: "duration", by: ["mfa"] });
  const waits = await aggregate({ ...span, of: "mailbox", by: ["process"] });
  const { read: _read, process: _process, ...sized } = span;
  const states = await aggregate({
    ...sized,
    of: "bytes",
    by: ["process"],
    kinds: ["state"],
    ...(process === undefined ? {} : { subject: process }),
  });
  return [...series("duration", durations), ...series("wait", waits), ...series("state size", states)];
}

async function sampledSeries(
  reach: Reach,
  process: string,
  { samples }: SeriesSources,
): Promise<NamedSeries[]> {
  const points = await samples(process, reach.from, reach.to);
  const series = (of: "memory" | "mailbox"): NamedSeries => {
    const values = Array.from({ length: stretches(reach) }, () => Number.NaN);
    for (const { t, [of]: value } of points) {
      const i = Math.floor((t - reach.from) / reach.everyNs);
      if (i >= 0 && i < values.length)
        values[i] = Number.isNaN(values[i]!) ? value : Math.max(values[i]!, value);
    }
    return {
      of,
      key: process,
      process: null,
      unit: of === "memory" ? "bytes" : "messages",
      kind: "size",
      values,
    };
  };
  return [series("memory"), series("mailbox")];
}

function spread(
  reach: Reach,
  { series }: AggregateGroup,
  value: (one: AggregateGroup["series"][number]) => number,
  empty: number,
): number[] {
  const values = Array.from({ length: stretches(reach) }, () => empty);
  for (const one of series) {
    const i = Math.floor((one.t - reach.from) / reach.everyNs);
    if (i >= 0 && i < values.length) values[i] = value(one);
  }
  return values;
}
