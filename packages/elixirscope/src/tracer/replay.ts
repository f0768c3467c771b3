import {
  Atom,
  atom,
  ErlangMap,
  isAtom,
  isTagged,
  type Pid,
  type Term,
  type Tuple,
  tuple,
} from "@elixirscope/etf";

/** A callback to be run once more. Terms are the bytes that were recorded. */
export interface ReplayRequest {
  readonly type: "gen_server" | "gen_statem" | "gen_event";
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  readonly message: Uint8Array;
  readonly state: Uint8Array;
  /** The process whose callback it was. */
  readonly self: Pid;
  /** What others are recorded to have answered to its questions. */
  readonly answers: readonly (readonly [question: Uint8Array, answer: Uint8Array])[];
  readonly run: boolean;
  readonly timeoutMs: number;
}

export interface RunEffect {
  readonly kind: string;
  readonly caught: boolean;
  readonly child: boolean;
  readonly to: Term | undefined;
  readonly name: Term | undefined;
  readonly what: Term;
}

export type RunOutcome =
  | {
      readonly ended: "returned";
      readonly reply: Term | undefined;
      readonly state: Term | undefined;
      readonly next: Term;
    }
  | {
      readonly ended: "raised";
      readonly class: string;
      readonly reason: Term;
      readonly stack: readonly Term[];
    }
  | { readonly ended: "stopped"; readonly why: Term; readonly stack: readonly Term[] };

export interface ReplayRun {
  readonly outcome: RunOutcome;
  readonly effects: readonly RunEffect[];
  readonly effectsTotal: number;
  readonly output: string;
  readonly durationNs: number;
  readonly system: readonly [bigint, bigint];
  readonly monotonic: readonly [bigint, bigint];
  /** Tables, counters and ports in its state or message that are the live ones. */
  readonly kept: readonly Term[];
}

export interface ReplayResult {
  readonly risks: readonly { readonly kind: string; readonly call: Mfa; readonly in: Mfa }[];
  /** Modules whose code nobody could look at. */
  readonly unread: readonly string[];
  /** Absent where it was not to be run. */
  readonly run: ReplayRun | undefined;
}

export interface Mfa {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

export function replayRequest(request: ReplayRequest): Term {
  return new ErlangMap([
    [atom("type"), atom(request.type)],
    [atom("module"), atom(request.module)],
    [atom("function"), tuple(atom(request.function), request.arity)],
    [atom("message"), request.message],
    [atom("state"), request.state],
    [atom("self"), request.self],
    [atom("answers"), request.answers.map(([question, answer]) => tuple(question, answer))],
    [atom("run"), atom(request.run ? "true" : "false")],
    [atom("timeout"), request.timeoutMs],
  ]);
}

export function replayResult(answer: Term): ReplayResult {
  const map = answer as ErlangMap;
  return {
    risks: listOf(map.get("risks")).flatMap((risk) => {
      const [kind, call, caller] = (risk as Tuple).elements;
      return [{ kind: (kind as Atom).name, call: mfaOf(call!), in: mfaOf(caller!) }];
    }),
    unread: listOf(map.get("unknown")).map((module) => (module as Atom).name),
    run: map.get("outcome") === undefined ? undefined : runOf(map),
  };
}

function runOf(map: ErlangMap): ReplayRun {
  return {
    outcome: outcomeOf(map.get("outcome")!),
    effects: listOf(map.get("effects")).map((effect) => effectOf(effect as ErlangMap)),
    effectsTotal: Number(map.get("effects_count")),
    output: new TextDecoder().decode(map.get("output") as Uint8Array),
    durationNs: Number(map.get("duration")),
    system: spanOf(map.get("system_time")!),
    monotonic: spanOf(map.get("monotonic_time")!),
    kept: listOf(map.get("kept")),
  };
}

function outcomeOf(term: Term): RunOutcome {
  if (isTagged(term, "returned", 2)) {
    const map = term.elements[1] as ErlangMap;
    return {
      ended: "returned",
      reply: optional(map, "reply"),
      state: optional(map, "state"),
      next: map.get("next")!,
    };
  }
  if (isTagged(term, "raised", 4)) {
    const [, kind, reason, stack] = term.elements;
    return { ended: "raised", class: (kind as Atom).name, reason: reason!, stack: listOf(stack) };
  }
  const [, why, stack] = isTagged(term, "stopped", 3) ? term.elements : [undefined, term, []];
  return { ended: "stopped", why, stack: listOf(stack) };
}

/** `none` or `{Name, Term}` */
const optional = (map: ErlangMap, name: string): Term | undefined => {
  const value = map.get(name);
  return isTagged(value, name, 2) ? value.elements[1] : undefined;
};

function effectOf(map: ErlangMap): RunEffect {
  const [to, name] = [map.get("to"), map.get("name")];
  return {
    kind: (map.get("kind") as Atom).name,
    caught: isAtom(map.get("caught"), "true"),
    child: isAtom(map.get("child"), "true"),
    to: to === undefined || isAtom(to, "none") ? undefined : to,
    name: name instanceof Atom ? name : undefined,
    what: map.get("what")!,
  };
}

const listOf = (term: Term | undefined): readonly Term[] =>
  Array.isArray(term) ? (term as readonly Term[]) : term instanceof Uint8Array ? [...term] : [];

const spanOf = (term: Term): readonly [bigint, bigint] => {
  const [from, to] = (term as Tuple).elements as readonly (number | bigint)[];
  return [BigInt(from!), BigInt(to!)];
};

const mfaOf = (term: Term): Mfa => {
  const [module, name, arity] = (term as Tuple).elements;
  return { module: (module as Atom).name, function: (name as Atom).name, arity: Number(arity) };
};
