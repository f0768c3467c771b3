import { Atom, decodeTerm, type Term, Tuple, tuple } from "@elixirscope/etf";
import { hopFacts, messageOf, startFacts } from "../analysis/index.ts";
import type { EventDetail, EventRow, TermText } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { logPartsOf } from "./log-text.ts";
import { atomText, callerText, type Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

/** Longest line in a list, and longest term anybody is sent at once, in characters. */
const SUMMARY_LENGTH = 200;
const DETAIL_LENGTH = 200_000;

/** Stored events as people read them. */
export class EventRows {
  readonly #lookup: Lookup;
  readonly #names: ProcessNames;
  readonly #clock: Clock;

  constructor(lookup: Lookup, names: ProcessNames, clock: Clock) {
    this.#lookup = lookup;
    this.#names = names;
    this.#clock = clock;
  }

  row(event: StoredEvent): EventRow {
    return {
      id: event.id,
      t: this.#clock.t(event.ts),
      at: this.#clock.iso(event.ts),
      node: event.node,
      kind: event.kind,
      process: this.#names.ref(event.pid),
      peer: this.#names.ref(event.peer),
      mfa: this.#lookup.mfa(event.mfa),
      tag: event.tag < 0 ? null : this.#tag(event),
      summary: this.#summary(event),
    };
  }

  detail(event: StoredEvent): EventDetail {
    return { ...this.row(event), term: this.term(shown(event), DETAIL_LENGTH, event.node) };
  }

  /** What of an event's term is for people, as text. */
  text(event: StoredEvent, maxLength: number): string {
    return this.term(shown(event), maxLength, event.node).text;
  }

  /** A term without version byte as text; "" for none. A broken one says so instead of failing the whole answer. */
  term(bytes: Uint8Array, maxLength: number, node: number = 0): TermText {
    if (bytes.length === 0) return { text: "", bytes: 0, truncated: false };
    const term = this.#decode(bytes);
    if (term === undefined)
      return { text: "(a term that cannot be read)", bytes: bytes.length, truncated: true };
    return { ...this.#lookup.inspect(term, maxLength, node), bytes: bytes.length };
  }

  /** An argument list as `[1, 2]`: never as a charlist, which numbers alone would be. */
  args(bytes: Uint8Array, maxLength: number, node: number = 0): TermText {
    const term = bytes.length === 0 ? undefined : this.#decode(bytes);
    if (!Array.isArray(term)) return this.term(bytes, maxLength, node);
    const { text, truncated } = this.#lookup.inspect(tuple(...(term as readonly Term[])), maxLength, node);
    return { text: `[${text.replace(/^\{|\}$/g, "")}]`, truncated, bytes: bytes.length };
  }

  /** `line 7: total = 12, n = 3` of `{Line, [{Name, Value}], BoundAt}`. */
  #lineText(event: StoredEvent): string {
    const term = this.#decode(event.payload);
    const bound = term instanceof Tuple ? term.elements[1] : undefined;
    const pairs = (Array.isArray(bound) ? (bound as readonly Term[]) : []).flatMap((pair) => {
      const [name, value] = pair instanceof Tuple ? pair.elements : [];
      if (!(name instanceof Atom) || value === undefined) return [];
      return [`${name.name} = ${this.#lookup.inspect(value, SUMMARY_LENGTH).text}`];
    });
    const text = pairs.join(", ").slice(0, SUMMARY_LENGTH);
    return `line ${this.#lookup.atomName(event.tag)}${text === "" ? "" : `: ${text}`}`;
  }

  #decode(bytes: Uint8Array): Term | undefined {
    try {
      return decodeTerm(bytes, 0).term;
    } catch {
      return undefined;
    }
  }

  #tag(event: StoredEvent): string {
    const name = this.#lookup.atomName(event.tag);
    if (event.kind === "line") return name;
    return event.kind === "call" ? callerText(name) : atomText(name);
  }

  #summary(event: StoredEvent): string {
    if (event.kind === "log") {
      const term = this.#decode(event.payload);
      return term === undefined ? "" : logPartsOf(term, SUMMARY_LENGTH).text;
    }
    const isCall = event.kind === "call" || event.kind === "spawn" || event.kind === "spawned";
    const { text } = isCall
      ? this.args(event.payload, SUMMARY_LENGTH, event.node)
      : this.term(shown(event), SUMMARY_LENGTH, event.node);
    const mfa = this.#lookup.mfa(event.mfa);
    switch (event.kind) {
      case "call":
      case "spawn":
      case "spawned":
        // The argument list prints as `[1, 2]`; between parentheses it reads as the call that it is.
        return mfa ? `${mfa.replace(/\/[\d?]+$/, "")}(${text.replace(/^\[|\]$/g, "")})` : text;
      case "flow_start":
        return mfa ? startText(mfa, text) : text;
      case "return":
        return mfa ? `${mfa} → ${text}` : text;
      case "exception":
        return mfa ? `${mfa} ⇒ ${text}` : text;
      case "line":
        return `${mfa ?? ""} ${this.#lineText(event)}`;
      case "sample":
        return mfa ? `${text} in ${mfa}` : text;
      default:
        return text;
    }
  }
}

/** What of a payload is for people: the message of a hop, the arguments at an entry point. */
export function shown({ kind, payload }: StoredEvent): Uint8Array {
  if (kind === "flow_start") return startFacts(payload)?.arguments ?? payload;
  const facts = kind === "flow_send" || kind === "flow_receive" ? hopFacts(payload) : undefined;
  return facts ? messageOf(payload, facts) : payload;
}

/** A call of an entry point. Arguments that were not told are three dots: large ones say nothing to a person. */
function startText(mfa: string, text: string): string {
  const arity = Number(/\/(\d+)$/.exec(mfa)?.[1] ?? 0);
  const told = text.replace(/^\[|\]$/g, "");
  const name = mfa.replace(/\/[\d?]+$/, "");
  if (arity > 0 && told === "") return `${name}(…)`;
  return arity > 1 && isOne(told) ? `${name}(${told}, …)` : `${name}(${told})`;
}

/** Is this one term, as far as its brackets tell? */
function isOne(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "\\") i++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if ("([{<".includes(char)) depth++;
    else if (")]}>".includes(char)) depth--;
    else if (char === "," && depth === 0) return false;
  }
  return true;
}
