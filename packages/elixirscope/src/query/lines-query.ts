import { Atom, decodeTerm, encode, type Term, Tuple } from "@elixirscope/etf";
import type { MfaPattern } from "../model/index.ts";
import type {
  LineHistory,
  LineHistoryInput,
  LineList,
  LineMoment,
  LineRow,
  LineValue,
  TermText,
} from "../protocol/index.ts";
import type { EventQuery, StoredEvent } from "../store/index.ts";
import type { ExecutionSources } from "./executions-query.ts";
import { atomText } from "./lookup.ts";

/** Most events that are counted, and of which the values are looked at. */
const COUNTED = 200_000;
const LOOKED_AT = 10_000;
/** Longest value, in characters; the event has more. */
const VALUE_LENGTH = 300;

/** What is known of one line. */
interface Line {
  count: number;
  last: StoredEvent | undefined;
  readonly functions: Set<number>;
  readonly values: Map<string, TermText>;
}

/** What ran of a module: all lines counted, and the newest values of the variables, at the lines where they were bound. */
export async function linesOf(parts: ExecutionSources, pattern: MfaPattern, t?: number): Promise<LineList> {
  const { store, lookup, sources } = parts;
  const query = lineEvents(parts, pattern, t);
  const events = await store.events({ ...query, limit: COUNTED, withoutPayload: true });
  const lines = new Map<number, Line>();
  for (const event of events) {
    const line = lineAt(lines, Number(lookup.atomName(event.tag)));
    line.count++;
    line.last ??= event;
    line.functions.add(event.mfa);
  }
  for (const event of await store.events({ ...query, limit: LOOKED_AT }))
    for (const [place, { name, value }] of boundBy(parts, event)) {
      const line = lineAt(lines, place);
      line.functions.add(event.mfa);
      // Events come newest first: the first value of a name is the one that counts.
      if (!line.values.has(name)) line.values.set(name, value);
    }
  return {
    module: atomText(pattern.module),
    file: sources.file(pattern.module),
    rows: [...lines].sort(([a], [b]) => a - b).map(([line, known]) => rowOf(parts, line, known)),
    scanned: events.length,
    complete: events.length < COUNTED,
  };
}

function lineAt(lines: Map<number, Line>, number: number): Line {
  const known = lines.get(number) ?? { count: 0, last: undefined, functions: new Set(), values: new Map() };
  lines.set(number, known);
  return known;
}

/** Values that were bound at a line, each time that one was, newest first. */
export async function lineHistory(
  parts: ExecutionSources,
  pattern: MfaPattern,
  { line, t, limit = 50 }: LineHistoryInput,
): Promise<LineHistory> {
  const { store, names, clock } = parts;
  const events = await store.events({ ...lineEvents(parts, pattern, t), limit: LOOKED_AT });
  const found = events.flatMap((event): LineMoment[] => {
    const values = boundBy(parts, event).flatMap(([place, value]) => (place === line ? [value] : []));
    if (values.length === 0) return [];
    return [{ id: event.id, t: clock.t(event.ts), process: names.ref(event.pid), values }];
  });
  return {
    module: atomText(pattern.module),
    line,
    rows: found.slice(0, limit),
    scanned: events.length,
    complete: events.length < LOOKED_AT && found.length <= limit,
  };
}

/** Of a module, newest first; those before an instant. */
function lineEvents(
  { lookup, clock }: ExecutionSources,
  pattern: MfaPattern,
  t: number | undefined,
): Omit<EventQuery, "limit"> {
  const functions = lookup.functionsMatching(({ module }) => module === pattern.module);
  const until = t === undefined ? {} : { to: clock.ts(t) };
  return { kinds: ["line"], functions, order: "newest_first", ...until };
}

/** What an event says was bound since the one before it, with the line where. */
function boundBy({ rows }: ExecutionSources, event: StoredEvent): readonly (readonly [number, LineValue])[] {
  const { term } = decodeTerm(event.payload, 0);
  const [, bound, at] = term instanceof Tuple ? term.elements : [];
  if (!Array.isArray(bound)) return [];
  const places = placesOf(at);
  return (bound as readonly Term[]).flatMap((pair, i): (readonly [number, LineValue])[] => {
    const [name, value] = pair instanceof Tuple ? pair.elements : [];
    const place = places[i];
    if (!(name instanceof Atom) || value === undefined || place === undefined) return [];
    return [[place, { name: name.name, value: rows.term(encode(value).subarray(1), VALUE_LENGTH) }]];
  });
}

const placesOf = (term: Term | undefined): readonly number[] =>
  Array.isArray(term)
    ? (term as readonly Term[]).map((place) => (typeof place === "number" ? place : 0))
    : [];

function rowOf({ lookup, names, clock }: ExecutionSources, line: number, known: Line): LineRow {
  const { last } = known;
  return {
    line,
    count: known.count,
    functions: [...known.functions].flatMap((mfa) => lookup.mfa(mfa) ?? []),
    values: [...known.values].map(([name, value]): LineValue => ({ name, value })),
    lastT: last ? clock.t(last.ts) : null,
    lastId: last?.id ?? null,
    lastProcess: last ? names.ref(last.pid) : null,
  };
}
