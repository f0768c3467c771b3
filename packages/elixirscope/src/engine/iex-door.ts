import { Atom, atom, binary, decodeTerm, inspect, type Term, Tuple, tuple } from "@elixirscope/etf";
import { diffTerms } from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import { type Input, inputSchemas, type MethodName } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import { camelCase, jsonOf, termOf } from "./term-json.ts";

/** The registered name of ours that code on the observed node can call. */
export const DOOR_NAME = "elixirscope";

/**
 * What may be asked from the node: questions, what is traced, and that it ends. Attaching, running something and what is kept
 * of the recording are not the node's business.
 */
const OPEN_METHODS: readonly MethodName[] = [
  "status",
  "processes",
  "process",
  "tree",
  "events",
  "event",
  "message",
  "calls",
  "flows",
  "flow",
  "executions",
  "lines",
  "lineHistory",
  "states",
  "crash",
  "crashes",
  "history",
  "inventory",
  "rates",
  "gaps",
  "requests",
  "request",
  "queries",
  "jobs",
  "liveViews",
  "liveView",
  "channels",
  "presences",
  "topics",
  "broadcasts",
  "boundaries",
  "snapshotAt",
  "step",
  "until",
  "diff",
  "lastChange",
  "aggregate",
  "messageFlow",
  "path",
  "callGraph",
  "slowest",
  "lastEvents",
  "flame",
  "hot",
  "waits",
  "criticalPath",
  "patterns",
  "anomalies",
  "diagnose",
  "ask",
  "query",
  "sqlSchema",
  "tracing",
  "detach",
];
/** Most terms at once, and most differences. */
const MOST_TERMS = 10_000;
const MOST_CHANGES = 1_000;
const VALUE_LENGTH = 10_000;

export interface Door {
  call(method: MethodName, input: never): Promise<unknown>;
  readonly store: Pick<TraceStore, "events">;
  /** Settles when what was done on the node before is in the record. */
  settled(): Promise<unknown>;
}

/** These are not about what happened. */
const AT_ONCE: readonly MethodName[] = ["status", "tracing", "detach"];

/**
 * Answers `GenServer.call({:elixirscope, our_node}, request)` from IEx: `:status`, or a method with its input, such as
 * `{:events, limit: 5, process: Hello.Counter}`, its name and keys in snake_case too. `{:terms, [id]}` are the terms of events
 * themselves (nil: it has none), `{:compare, a, b}` is what differs between two terms, and after the answer to `:detach`
 * everything is taken out of the node. Always `{:ok, answer}` or `{:error, {code, message}}`.
 */
export async function answerFromNode(request: Term, door: Door): Promise<Term> {
  try {
    return tuple(atom("ok"), await answerTo(request, door));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return tuple(atom("error"), tuple(atom(code ?? "INTERNAL"), binary(message)));
  }
}

async function answerTo(request: Term, door: Door): Promise<Term> {
  const [name, ...rest] = request instanceof Tuple ? request.elements : [request];
  const asked = name instanceof Atom ? camelCase(name.name) : "";
  if (asked === "terms" && rest.length === 1 && isIds(rest[0])) return termsOf(door.store, rest[0]);
  if (asked === "compare" && rest.length === 2) return termOf(compared(rest[0]!, rest[1]!));
  const method = OPEN_METHODS.find((open) => open === asked);
  if (!method || rest.length > 1) throw unknownRequest(request);
  const input = inputOf(method, rest[0]);
  // Who asks from the node wants to know of what they did a moment ago.
  if (!AT_ONCE.includes(method)) await door.settled();
  if (method !== "detach") return termOf(await door.call(method, input as never));
  // The answer goes over the connection that this ends.
  setImmediate(() => void door.call("detach", input as never).catch(() => undefined));
  return atom("nil");
}

const unknownRequest = (request: Term): ElixirScopeError =>
  new ElixirScopeError(
    "ENGINE_UNKNOWN_REQUEST",
    `Not a request: ${inspect(request, { maxLength: 200 })}. Ask :status or {:events, limit: 5}; there are ${OPEN_METHODS.join(", ")}.`,
  );

function inputOf(method: MethodName, input: Term | undefined): Input<MethodName> {
  // An empty list is an empty keyword list here.
  const json = input === undefined || (Array.isArray(input) && input.length === 0) ? {} : jsonOf(input);
  const checked = inputSchemas[method].safeParse(json);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(
    (issue) => `${issue.path.join(".") || "input"}: ${issue.message}`,
  );
  throw new ElixirScopeError("ENGINE_BAD_INPUT", `${method} was asked wrongly: ${problems.join("; ")}`);
}

const isIds = (term: Term | undefined): term is readonly number[] =>
  Array.isArray(term) && term.length <= MOST_TERMS && term.every((id) => Number.isSafeInteger(id) && id > 0);

async function termsOf(store: Door["store"], ids: readonly number[]): Promise<Term> {
  const terms = new Map<number, Term>();
  for (const [first, last] of runsOf(ids)) {
    const between = {
      afterId: first - 1,
      beforeId: last + 1,
      order: "oldest_first",
      limit: ids.length,
    } as const;
    // A payload is the store's own memory, and what is decoded looks into it.
    for (const { id, payload } of await store.events(between))
      if (payload.length > 0) terms.set(id, decodeTerm(payload.slice(), 0).term);
  }
  return ids.map((id) => terms.get(id) ?? atom("nil"));
}

/** Ids that follow one another, as their first and last: one look for each. */
function runsOf(ids: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && id <= last[1] + 1) last[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}

function compared(a: Term, b: Term): unknown {
  const { changes, more, unknown } = diffTerms(a, b, MOST_CHANGES);
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : inspect(term, { maxLength: VALUE_LENGTH });
  return {
    changes: changes.map(({ path, iex, before, after }) => ({
      path,
      iex: iex ?? null,
      before: text(before),
      after: text(after),
    })),
    more,
    unknown,
  };
}
