import { Atom, atom, type Term, type Tuple, tuple } from "@elixirscope/etf";
import { agentPatterns, compilePattern, prefixesOf } from "./trace-pattern.ts";

// Where flows start. `{Name, M, F, A, MatchSpec, required | optional}`, see agent/README.md: what stands in the body of a
// clause are the arguments that the start tells of.

interface KnownEntry {
  readonly name: string;
  /** `Module.function/arity`, by parts. */
  readonly mfa: readonly [module: string, name: string, arity: number];
  /** What is told of the first argument, `$1`; the others are large and say nothing to a person. */
  readonly told?: readonly Term[];
}

const ANY = new Atom("_");
const FIRST = new Atom("$1");
const ALL = new Atom("$_");
const field = (key: string, map: Term = FIRST): Term => tuple(atom("map_get"), atom(key), map);
const JOB: readonly Term[] = [field("worker", field("job")), field("id", field("job"))];

/** Entry points of common libraries, taken where nobody says which; those that a node does not have are left out. */
const KNOWN: readonly KnownEntry[] = [
  { name: "socket message", mfa: ["Elixir.Phoenix.Socket", "__in__", 2], told: [FIRST] },
  { name: "HTTP request", mfa: ["Elixir.Bandit.Pipeline", "run", 5] },
  {
    name: "HTTP request",
    mfa: ["Elixir.Plug.Cowboy.Handler", "init", 2],
    told: [field("method"), field("path")],
  },
  { name: "Oban job", mfa: ["Elixir.Oban.Queue.Executor", "call", 1], told: JOB },
];

const ENTRIES: readonly Term[] = KNOWN.map(({ name, mfa: [module, fun, arity], told }) => {
  const head = Array.from({ length: arity }, (_, place) => (place === 0 && told ? FIRST : ANY));
  const clause = tuple(head, [], told ? [told] : []);
  return tuple(bytesOf(name), atom(module), atom(fun), arity, [clause], atom("optional"));
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * The entry points that the user named, as call patterns; each flow carries the text of its own. None: those of common
 * libraries. `below` answers the modules below prefixes on the node.
 * @throws ElixirScopeError `BAD_MFA_PATTERN`
 */
export async function flowEntries(
  patterns: readonly string[],
  below: (prefixes: readonly string[]) => Promise<readonly string[]>,
): Promise<readonly Term[]> {
  if (patterns.length === 0) return ENTRIES;
  const wanted = patterns.map((text) => [text, compilePattern(text)] as const);
  const modules = await below(prefixesOf(wanted.map(([, pattern]) => pattern)));
  return wanted.flatMap(([text, pattern]) => {
    const told = { ...pattern, clauses: pattern.clauses.map(withArguments) };
    return agentPatterns([told], modules).map((one) => entry(text, one));
  });
}

const withArguments = (clause: Term): Term => {
  const [head, guards] = (clause as Tuple).elements;
  return tuple(head!, guards!, [ALL]);
};

const entry = (text: string, pattern: Term): Term =>
  tuple(bytesOf(text), ...(pattern as Tuple).elements, atom("required"));

/** Tokens of ours have a label from this range, so that the agent knows those of an earlier time; see `elixirscope_flow`. */
const FIRST_LABEL = 0xe5c0de000000;

export const newFlowLabel = (): number => FIRST_LABEL + Math.floor(Math.random() * 0x1000000);
