import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "./terms.ts";

/** How {@link inspect} prints. Names and defaults are those of Elixir's `Inspect.Opts` where it has them. */
export interface InspectOptions {
  /** Items of collections printed before `...`, as `Inspect.Opts` counts them; 50 by default. */
  readonly limit?: number;
  /** Characters of strings and charlists printed before `...`; 4,096 by default. */
  readonly printableLimit?: number;
  /** Characters of the whole text, hard: what is longer ends in `…`. Unlimited by default. */
  readonly maxLength?: number;
  /** Elixir release whose way of printing is followed; the newest by default. */
  readonly elixir?: string;
  /** Name of the node whose pids, ports and references print with 0 as their first number. */
  readonly localNode?: string;
  /** Sort the keys of maps as Erlang's term order has them; on by default. Off: wire order. */
  readonly sortMaps?: boolean;
}

/** Text of a term, and whether a limit cut it. */
export interface Inspected {
  readonly text: string;
  readonly truncated: boolean;
}

/** `term` as Elixir's `inspect/2` prints it (one line). */
export function inspect(term: Term, options?: InspectOptions): string {
  return inspectWithInfo(term, options).text;
}

/** As {@link inspect}, and whether a limit cut the text. */
export function inspectWithInfo(term: Term, options: InspectOptions = {}): Inspected {
  const text = print(term);
  const max = options.maxLength ?? Number.POSITIVE_INFINITY;
  return text.length > max
    ? { text: `${text.slice(0, max - 1)}…`, truncated: true }
    : { text, truncated: false };
}

function print(term: Term): string {
  if (typeof term === "number" || typeof term === "bigint") return term.toString();
  if (term instanceof Float) return term.value.toString();
  if (term instanceof Atom) return `:${term.name}`;
  if (term instanceof Tuple) return `{${term.elements.map(print).join(", ")}}`;
  if (term instanceof Uint8Array) return JSON.stringify(new TextDecoder().decode(term));
  if (term instanceof ImproperList) return `[${term.items.map(print).join(", ")} | ${print(term.tail)}]`;
  if (term instanceof ErlangMap)
    return `%{${term.entries.map(([key, value]) => `${print(key)} => ${print(value)}`).join(", ")}}`;
  if (term instanceof Pid) return `#PID<0.${term.id}.${term.serial}>`;
  if (term instanceof Port) return `#Port<0.${term.id}>`;
  if (term instanceof Reference) return `#Reference<0.${term.words.join(".")}>`;
  if (term instanceof ExportFun) return `&${term.module}.${term.function}/${term.arity}`;
  if (term instanceof Fun) return `#Function<${term.index}.${term.uniq}/${term.arity} in ${term.module}>`;
  if (term instanceof BitString) return `<<${Array.from(term.bytes).join(", ")}::size(${term.lastBits})>>`;
  if (Array.isArray(term)) return `[${term.map(print).join(", ")}]`;
  return "#LocalTerm<>";
}
