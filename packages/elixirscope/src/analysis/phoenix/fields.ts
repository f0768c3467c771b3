import { Atom, decodeTerm, ErlangMap, type Term, Tuple } from "@elixirscope/etf";

/** An event as the Phoenix analyses read it; `StoredEvent` of the store has this shape. */
export interface PhoenixEvent {
  readonly id: number;
  /** Unix nanoseconds. */
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly payload: Uint8Array;
}

const UTF8 = new TextDecoder();
const CUT = "$elixirscope_cut";

/** Payloads that were read, for as long as these are there: one question goes through the same events several times. */
const READ = new WeakMap<Uint8Array, { readonly term: Term | undefined }>();

/** The payload as a term, of one that the agent cut its outline; `undefined` for what cannot be read. */
export function payloadTerm(payload: Uint8Array): Term | undefined {
  if (payload.length === 0) return undefined;
  const known = READ.get(payload);
  if (known) return known.term;
  const term = decoded(payload);
  READ.set(payload, { term });
  return term;
}

function decoded(payload: Uint8Array): Term | undefined {
  try {
    const { term } = decodeTerm(payload, 0);
    return term instanceof Tuple && nameOf(term.elements[0]) === CUT ? term.elements[2] : term;
  } catch {
    return undefined;
  }
}

/** Elements of a tuple payload; empty for anything else. */
export function elementsOf(payload: Uint8Array): readonly Term[] {
  const term = payloadTerm(payload);
  return term instanceof Tuple ? term.elements : [];
}

/** A text; of one that was cut its beginning. */
export function textOf(term: Term | undefined): string | undefined {
  if (term instanceof Uint8Array) return UTF8.decode(term);
  if (term instanceof Tuple && nameOf(term.elements[0]) === CUT && term.elements[2] instanceof Uint8Array)
    return `${UTF8.decode(term.elements[2])}…`;
  return undefined;
}

/** An atom that says something: `nil`, `undefined`, and what a match spec puts for a missing field do not. */
export function nameOf(term: Term | undefined): string | undefined {
  if (!(term instanceof Atom)) return undefined;
  return ["nil", "undefined", "EXIT"].includes(term.name) ? undefined : term.name;
}

export const numberOf = (term: Term | undefined): number | undefined =>
  typeof term === "number" ? term : typeof term === "bigint" ? Number(term) : undefined;

/** A map whose values are asked for by atom keys. */
export class Fields {
  readonly #map: ErlangMap | undefined;

  constructor(term: Term | undefined) {
    this.#map = term instanceof ErlangMap ? term : undefined;
  }

  /** The value, unless it was not there. */
  term(key: string): Term | undefined {
    const value = this.#map?.get(key);
    return value instanceof Atom && value.name === "EXIT" ? undefined : value;
  }
  text(key: string): string | undefined {
    return textOf(this.term(key));
  }
  name(key: string): string | undefined {
    return nameOf(this.term(key));
  }
  number(key: string): number | undefined {
    return numberOf(this.term(key));
  }
  /** Pairs of the map that is the value. */
  entries(key: string): ErlangMap["entries"] {
    const value = this.term(key);
    return value instanceof ErlangMap ? value.entries : [];
  }
  fields(key: string): Fields {
    return new Fields(this.term(key));
  }
}

/** A telemetry event: its name joined by dots, what was measured, and the fields that the agent took. */
export interface Telemetry {
  readonly name: string;
  readonly measurements: Fields;
  readonly metadata: Fields;
  /** Nanoseconds, where it tells. */
  readonly durationNs: number | undefined;
}

export function telemetryOf(event: PhoenixEvent): Telemetry | undefined {
  const [name, measured, metadata] = elementsOf(event.payload);
  if (!Array.isArray(name)) return undefined;
  const measurements = new Fields(measured);
  return {
    name: (name as readonly Term[]).map((part) => (part instanceof Atom ? part.name : "?")).join("."),
    measurements,
    metadata: new Fields(metadata),
    // Native units are nanoseconds on all systems that the BEAM runs on today.
    durationNs: measurements.number("duration") ?? measurements.number("total_time"),
  };
}
