import { Atom, decodeTerm, encode, type Term, Tuple } from "@elixirscope/etf";
import type { MfaPattern } from "../model/index.ts";
import type { LineList, LineRow, LineValue, TermText } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
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
export async function linesOf(parts: ExecutionSources, pattern: MfaPattern): Promise<LineList> {
  const { store, lookup, sources } = parts;
  const functions = lookup.functionsMatching(({ module }) => module === pattern.module);
  const query = { kinds: ["line"], functions, order: "newest_first" } as const;
  const events = await store.events({ ...query, limit: COUNTED, withoutPayload: true });
  const lines = new Map<number, Line>();
  for (const event of events) {
    const line = lineAt(lines, Number(lookup.atomName(event.tag)));
    line.count++;
    line.last ??= event;
    line.functions.add(event.mfa);
  }
  for (const event of await store.events({ ...query, limit: LOOKED_AT })) addValues(parts, lines, event);
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

/** Events come newest first: the first value of a name is the one that counts. */
function addValues({ rows }: ExecutionSources, lines: Map<number, Line>, event: StoredEvent): void {
  const { term } = decodeTerm(event.payload, 0);
  const [, bound, at] = term instanceof Tuple ? term.elements : [];
  if (!Array.isArray(bound)) return;
  const places = placesOf(at);
  (bound as readonly Term[]).forEach((pair, i) => {
    const [name, value] = pair instanceof Tuple ? pair.elements : [];
    const place = places[i];
    if (!(name instanceof Atom) || value === undefined || place === undefined) return;
    const line = lineAt(lines, place);
    line.functions.add(event.mfa);
    if (!line.values.has(name.name))
      line.values.set(name.name, rows.term(encode(value).subarray(1), VALUE_LENGTH));
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
