import {
  type DatabaseQuery,
  type JobRun,
  jobRuns,
  queriesOf,
  type RepeatedQuery,
  repeatedQueries,
  type WorkUnit,
} from "../analysis/index.ts";
import type {
  JobList,
  JobRow,
  JobsInput,
  QueriesInput,
  QueryList,
  QueryRow,
  RepeatRow,
  WorkRef,
} from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { failureRow, moduleName, type PhoenixParts, termText } from "./phoenix-rows.ts";

const DEFAULT_LIMIT = 100;
const SHOWN_WORK = 20;
const SHOWN_IDS = 100;

/** What an answer is made of: the newest events, and whether there are older ones. */
export interface WorkSource {
  readonly events: readonly StoredEvent[];
  readonly complete: boolean;
  readonly parts: PhoenixParts;
  readonly parentOf: (pid: number) => number | undefined;
}

/** SQL texts with how often they ran, for what, and which of them are n + 1. */
export function queryList(input: QueriesInput, { events, complete, parts, parentOf }: WorkSource): QueryList {
  const search = (input.search ?? "").toLowerCase();
  const groups = new Map<string, DatabaseQuery[]>();
  for (const query of queriesOf(events, parentOf)) {
    if (![query.text, query.source ?? ""].some((text) => text.toLowerCase().includes(search))) continue;
    const key = `${query.repo} ${query.text}`;
    const group = groups.get(key);
    if (group) group.push(query);
    else groups.set(key, [query]);
  }
  const key = SORT_KEYS[input.sort ?? "total"];
  const rows = [...groups.values()]
    .map((group) => queryRow(group, parts))
    .filter(({ repeats }) => input.repeated !== true || repeats.length > 0)
    .sort((a, b) => b[key] - a[key])
    .slice(0, input.limit ?? DEFAULT_LIMIT);
  return { rows, complete };
}

const SORT_KEYS = { total: "totalNs", count: "count", slowest: "slowestNs" } as const;

function queryRow(group: readonly DatabaseQuery[], parts: PhoenixParts): QueryRow {
  const sum = (value: (query: DatabaseQuery) => number): number =>
    group.reduce((total, query) => total + value(query), 0);
  const slowest = group.reduce((a, b) => (b.totalNs > a.totalNs ? b : a));
  return {
    id: slowest.id,
    repo: moduleName(slowest.repo),
    source: slowest.source ?? null,
    query: slowest.text,
    count: group.length,
    failed: group.filter(({ failed }) => failed).length,
    error: group.findLast(({ error }) => error !== undefined)?.error ?? null,
    totalNs: sum(({ totalNs }) => totalNs),
    slowestNs: slowest.totalNs,
    queryNs: sum(({ queryNs }) => queryNs),
    queueNs: sum(({ queueNs }) => queueNs),
    decodeNs: sum(({ decodeNs }) => decodeNs),
    rows: group.some(({ rows }) => rows !== undefined) ? sum(({ rows }) => rows ?? 0) : null,
    place: slowest.place ?? null,
    work: workOf(group, parts),
    repeats: repeatedQueries(group)
      .slice(0, SHOWN_WORK)
      .map((one) => repeatRow(one, parts)),
  };
}

function workOf(group: readonly DatabaseQuery[], parts: PhoenixParts): QueryRow["work"] {
  const counts = new Map<number, { unit: WorkUnit; count: number }>();
  for (const { unit } of group) {
    if (unit) counts.set(unit.id, { unit, count: (counts.get(unit.id)?.count ?? 0) + 1 });
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, SHOWN_WORK)
    .map(({ unit, count }) => ({ work: workRef(unit, parts), count }));
}

const workRef = ({ id, kind, what, pid }: WorkUnit, parts: PhoenixParts): WorkRef => ({
  id,
  kind,
  what,
  process: parts.ref(pid),
});

function repeatRow(repeated: RepeatedQuery, parts: PhoenixParts): RepeatRow {
  const { unit, text, count, parameters, totalNs, place, ids } = repeated;
  return {
    work: workRef(unit, parts),
    query: text,
    count,
    parameters: parameters ?? null,
    totalNs,
    place: place ?? null,
    ids: ids.slice(0, SHOWN_IDS),
    verdict: verdict(repeated),
  };
}

function verdict({ unit, count, parameters, place }: RepeatedQuery): string {
  const how = {
    unknown: "with parameters that are not recorded",
    same: "the same question each time",
    each: "each time with another parameter",
    some: `with ${parameters} different parameters`,
  }[
    parameters === undefined ? "unknown" : parameters === 1 ? "same" : parameters === count ? "each" : "some"
  ];
  const work = unit.kind === "request" ? unit.what : `${unit.kind} ${unit.what}`;
  return `${count} times in ${work}, ${how}${place === undefined ? "" : ` (${place})`}`;
}

/** By the work's id: what was asked again and again for it, the most often first. */
export function repeatsByWork({
  events,
  parts,
  parentOf,
}: WorkSource): ReadonlyMap<number, readonly RepeatRow[]> {
  const found = new Map<number, RepeatRow[]>();
  for (const one of repeatedQueries(queriesOf(events, parentOf)))
    found.set(one.unit.id, [...(found.get(one.unit.id) ?? []), repeatRow(one, parts)]);
  return found;
}

/** Runs of jobs, the newest first. */
export function jobList(input: JobsInput, { events, complete, parts, parentOf }: WorkSource): JobList {
  const search = input.search ?? "";
  const rows = jobRuns(events, parentOf)
    .filter(({ worker, queue }) => worker.includes(search) || queue.includes(search))
    .filter(({ error }) => input.failed !== true || error !== undefined)
    .toReversed()
    .slice(0, input.limit ?? DEFAULT_LIMIT)
    .map((run) => jobRow(run, parts));
  return { rows, complete };
}

function jobRow(run: JobRun, parts: PhoenixParts): JobRow {
  const { clock } = parts;
  return {
    id: run.id,
    t: clock.t(run.startedAt),
    at: clock.iso(run.startedAt),
    process: parts.ref(run.pid),
    job: run.job,
    worker: run.worker,
    queue: run.queue,
    attempt: run.attempt ?? null,
    maxAttempts: run.maxAttempts ?? null,
    args: termText(run.args, parts),
    durationNs: run.durationNs ?? null,
    queueNs: run.queueNs ?? null,
    state: run.state,
    error: run.error ? failureRow(run.error) : null,
    inserted: run.inserted
      ? {
          id: run.inserted.id,
          process: parts.ref(run.inserted.pid),
          work: run.inserted.unit ? workRef(run.inserted.unit, parts) : null,
        }
      : null,
  };
}
