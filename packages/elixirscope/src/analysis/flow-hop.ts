import { Atom, decodeTerm, skipTerm, tupleArity } from "@elixirscope/etf";

/** What a `flow_send` or `flow_receive` holds: `{send | receive, {Previous, Serial}, From, To, Message}`. */
export interface HopFacts {
  /**
   * The number of the message that its sender had received last, and its own. After a spawn the BEAM (25 to 29) takes the
   * number of the `spawn_reply` with its tag bits for that: 16 times as high. Numbers stay apart all the same, until they run over.
   */
  readonly previous: bigint;
  readonly serial: bigint;
  /** Where the message begins. */
  readonly message: number;
}

/** `undefined` for bytes that are no such term. */
export function hopFacts(payload: Uint8Array): HopFacts | undefined {
  try {
    if (tupleArity(payload, 0) !== 5) return undefined;
    const serial = skipTerm(payload, 2);
    if (tupleArity(payload, serial) !== 2) return undefined;
    const first = decodeTerm(payload, serial + 2);
    const second = decodeTerm(payload, first.end);
    const from = second.end;
    const message = skipTerm(payload, skipTerm(payload, from));
    return { previous: integer(first.term), serial: integer(second.term), message };
  } catch {
    return undefined;
  }
}

const integer = (term: unknown): bigint =>
  typeof term === "bigint" ? term : typeof term === "number" ? BigInt(term) : 0n;

/** The message itself, without copying. */
export const messageOf = (payload: Uint8Array, facts: HopFacts): Uint8Array =>
  payload.subarray(facts.message);

const SERVICE: Readonly<Record<string, "asked" | "answered">> = {
  es_asked: "asked",
  es_answered: "answered",
};

/** Of a question to a service of everybody (code, files, terminals) and its answer only that they were is told. */
export function serviceHop(payload: Uint8Array, { message }: HopFacts): "asked" | "answered" | undefined {
  // An atom of that length, whichever of its forms.
  if (payload.length - message > 16) return undefined;
  const { term } = decodeTerm(payload, message);
  return term instanceof Atom ? SERVICE[term.name] : undefined;
}

/** What a `flow_start` holds: `{es_flow, Kind, Name, Arguments}`; an argument list that was not told is empty. */
export interface StartFacts {
  /** What the entry point is called: a call pattern, or a word such as `HTTP request`. */
  readonly name: string;
  readonly arguments: Uint8Array;
}

export function startFacts(payload: Uint8Array): StartFacts | undefined {
  try {
    if (tupleArity(payload, 0) !== 4) return undefined;
    const { term, end } = decodeTerm(payload, skipTerm(payload, skipTerm(payload, 2)));
    const name = term instanceof Uint8Array ? new TextDecoder().decode(term) : "";
    return { name, arguments: payload.subarray(end) };
  } catch {
    return undefined;
  }
}
