import { type Fields, numberOf, type PhoenixEvent, type Telemetry, telemetryOf } from "./fields.ts";
import { stackFrames } from "./stack-frames.ts";
import { type WorkUnit, WorkUnits } from "./work-units.ts";

/** A query of Ecto: what was asked, how long each part of it took, and for what work. */
export interface DatabaseQuery {
  readonly id: number;
  readonly pid: number;
  /** When it had ended, Unix nanoseconds. */
  readonly ts: bigint;
  readonly repo: string | undefined;
  readonly source: string | undefined;
  readonly text: string;
  readonly totalNs: number;
  /** In the database; waiting for a connection; making terms of rows. */
  readonly queryNs: number;
  readonly queueNs: number;
  readonly decodeNs: number;
  /** `undefined` at level `observe`, as are the parameters. */
  readonly rows: number | undefined;
  readonly parameters: number | undefined;
  /** The one parameter, where it is a whole number; others are not recorded. */
  readonly parameter: number | undefined;
  readonly failed: boolean;
  /** `undefined_table: relation "x" does not exist`; the exception's module where the database told nothing. */
  readonly error: string | undefined;
  /** The application's function that asked, `file.ex:7`; only where the Repo is configured with `stacktrace: true`. */
  readonly place: string | undefined;
  readonly unit: WorkUnit | undefined;
}

/** The same query again and again for one piece of work. */
export interface RepeatedQuery {
  readonly unit: WorkUnit;
  readonly text: string;
  readonly count: number;
  /** How many different parameters; `undefined`: not recorded. One: the same question each time. */
  readonly parameters: number | undefined;
  readonly totalNs: number;
  readonly place: string | undefined;
  /** Of the queries, oldest first. */
  readonly ids: readonly number[];
}

/** As often as that for one piece of work, a query belongs into one. */
const REPEATED = 5;

/** Queries in the order of their ends. Events oldest first; `parentOf` tells who started a process, so that tasks count for whom they work. */
export function queriesOf(
  events: readonly PhoenixEvent[],
  parentOf: (pid: number) => number | undefined,
): readonly DatabaseQuery[] {
  const units = new WorkUnits(events, parentOf);
  return events.flatMap((event) => {
    const telemetry = event.kind === "telemetry" ? telemetryOf(event) : undefined;
    const text = telemetry?.name.endsWith("query") ? telemetry.metadata.text("query") : undefined;
    if (!telemetry || text === undefined) return [];
    return [queryOf(event, telemetry, text, units.at(event.pid, event.ts))];
  });
}

function queryOf(
  { id, pid, ts }: PhoenixEvent,
  { measurements, metadata }: Telemetry,
  text: string,
  unit: WorkUnit | undefined,
): DatabaseQuery {
  const failed = metadata.name("result") === "error";
  return {
    id,
    pid,
    ts,
    repo: metadata.name("repo"),
    source: metadata.text("source"),
    text,
    totalNs: measurements.number("total_time") ?? 0,
    queryNs: measurements.number("query_time") ?? 0,
    queueNs: measurements.number("queue_time") ?? 0,
    decodeNs: measurements.number("decode_time") ?? 0,
    rows: metadata.number("rows"),
    parameters: metadata.number("parameters"),
    parameter: numberOf(metadata.term("parameter")),
    failed,
    error: failed ? errorOf(metadata.fields("error")) : undefined,
    place: placeOf(metadata),
    unit,
  };
}

function errorOf(error: Fields): string | undefined {
  const told = [error.name("code") ?? error.text("code"), error.text("message")].filter(Boolean).join(": ");
  return told || error.name("__struct__")?.replace(/^Elixir\./, "");
}

/** Where the application asked: the first function that is not of Ecto or the Repo. */
function placeOf(metadata: Fields): string | undefined {
  const repo = metadata.name("repo");
  return stackFrames(metadata.term("stacktrace")).find(
    ({ module }) => module !== repo && /^Elixir\.(?!Ecto\.|DBConnection|Enum$|Stream|Task)/.test(module),
  )?.place;
}

/** What was asked at least five times for one piece of work (n + 1), the most often first. */
export function repeatedQueries(queries: readonly DatabaseQuery[]): readonly RepeatedQuery[] {
  const groups = new Map<string, DatabaseQuery[]>();
  for (const query of queries) {
    if (!query.unit) continue;
    const key = `${query.unit.id} ${query.text}`;
    const group = groups.get(key);
    if (group) group.push(query);
    else groups.set(key, [query]);
  }
  return [...groups.values()]
    .filter((group) => group.length >= REPEATED)
    .map(repetition)
    .sort((a, b) => b.count - a.count);
}

function repetition(group: readonly DatabaseQuery[]): RepeatedQuery {
  const [first] = group;
  return {
    unit: first!.unit!,
    text: first!.text,
    count: group.length,
    parameters: differentParameters(group),
    totalNs: group.reduce((sum, { totalNs }) => sum + totalNs, 0),
    place: group.find(({ place }) => place !== undefined)?.place,
    ids: group.map(({ id }) => id),
  };
}

function differentParameters(group: readonly DatabaseQuery[]): number | undefined {
  if (group.every(({ parameters }) => parameters === 0)) return 1;
  const values = group.map(({ parameter }) => parameter);
  return values.includes(undefined) ? undefined : new Set(values).size;
}
