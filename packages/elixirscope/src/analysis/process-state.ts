import { Atom, decodeTerm, isAtom, isTagged, Pid, type Term, Tuple } from "@elixirscope/etf";
import { type EventKind, NONE } from "../model/index.ts";

/** What the process table needs of an event; `StoredEvent` of the store has this shape. */
export interface TableEvent {
  readonly ts: bigint;
  readonly node: number;
  readonly kind: EventKind;
  readonly pid: number;
  readonly peer: number;
  readonly mfa: number;
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** A process and what is known of it at the instant that the table stands at. */
export interface ProcessState {
  readonly index: number;
  node: number;
  alive: boolean;
  /** Parent's index, or {@link NONE}. */
  parent: number;
  /** Atom index of the registered name, or {@link NONE}. */
  name: number;
  /** The name that it gave up or lost last: the dead are still called by it. */
  formerName: number;
  /** `Module.function/arity` in the parts that it was given in; "" while unknown. */
  initialCall: InitialCall | undefined;
  /** `$process_label` or OTP's own label. */
  label: Term | undefined;
  /** Pids and names, nearest first, as `$ancestors` holds them. */
  ancestors: readonly Term[];
  application: string;
  /** Whose child it is, or was: as its supervisor named it last. */
  child: { readonly supervisor: number; readonly id: Term; readonly spec: ChildSpec | null } | undefined;
  readonly links: Set<number>;
  /** Whom it monitored at `monitorsAt`, when it was looked at; the events `monitor` and `demonitor` tell of the rest. */
  monitors: readonly number[];
  /** Unix nanoseconds; 0 where it was not looked at. */
  monitorsAt: bigint;
  spawnedAt: bigint | undefined;
  exitedAt: bigint | undefined;
  /** Reason's ETF bytes, a copy. */
  exitReason: Uint8Array | undefined;
  sample: ProcessSample | undefined;
  /** Index of the function it was in when last seen, or {@link NONE}. */
  currentFunction: number;
}

export interface InitialCall {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

/** Memory in bytes, mailbox in messages. */
export interface ProcessSample {
  readonly memory: number;
  readonly mailbox: number;
  readonly reductions: number;
  readonly status: string;
}

export function newProcess(index: number, node: number): ProcessState {
  return {
    index,
    node,
    alive: true,
    parent: NONE,
    name: NONE,
    formerName: NONE,
    initialCall: undefined,
    label: undefined,
    ancestors: [],
    application: "",
    child: undefined,
    links: new Set(),
    monitors: [],
    monitorsAt: 0n,
    spawnedAt: undefined,
    exitedAt: undefined,
    exitReason: undefined,
    sample: undefined,
    currentFunction: NONE,
  };
}

const number = (term: Term | undefined): number =>
  typeof term === "bigint" ? Number(term) : typeof term === "number" ? term : 0;
const atomText = (term: Term | undefined): string => (term instanceof Atom ? term.name : "");

/** `{M, F, A}` as a term. */
export function mfaOf(term: Term | undefined): InitialCall | undefined {
  if (!(term instanceof Tuple) || term.elements.length !== 3) return undefined;
  const [module, name, arity] = term.elements;
  if (!(module instanceof Atom) || !(name instanceof Atom)) return undefined;
  return {
    module: module.name,
    function: name.name,
    arity: Array.isArray(arity) ? arity.length : number(arity),
  };
}

/** The property list of a `process` event as a map. */
export function propertiesOf(payload: Uint8Array): ReadonlyMap<string, Term> {
  const { term } = decodeTerm(payload, 0);
  const properties = new Map<string, Term>();
  if (!Array.isArray(term)) return properties;
  for (const pair of term) {
    if (pair instanceof Tuple && pair.elements.length === 2)
      properties.set(atomText(pair.elements[0]), pair.elements[1]!);
  }
  return properties;
}

/** `{Memory, MailboxLength, Reductions, Status, CurrentFunction}`. */
export function sampleOf(payload: Uint8Array): ProcessSample | undefined {
  const { term } = decodeTerm(payload, 0);
  if (!(term instanceof Tuple)) return undefined;
  const [memory, mailbox, reductions, status] = term.elements;
  return {
    memory: number(memory),
    mailbox: number(mailbox),
    reductions: number(reductions),
    status: atomText(status),
  };
}

export function sampleFrom(properties: ReadonlyMap<string, Term>): ProcessSample {
  return {
    memory: number(properties.get("memory")),
    mailbox: number(properties.get("message_queue_len")),
    reductions: number(properties.get("reductions")),
    status: atomText(properties.get("status")),
  };
}

/**
 * What a process was really started for: behind `proc_lib:init_p` stands what `$initial_call` would say, and
 * `$ancestors` beside it.
 */
export function realCall(
  args: Term,
): { readonly call: InitialCall; readonly ancestors: readonly Term[] } | undefined {
  // init_p(Parent, Ancestors, M, F, A) — or a fun in place of M, F, A.
  if (!Array.isArray(args) || args.length !== 5) return undefined;
  const [parent, ancestors, module, name, inner] = args as readonly Term[];
  const call = mfaOf(new Tuple([module!, name!, Array.isArray(inner) ? inner : []]));
  if (!call) return undefined;
  const before = Array.isArray(ancestors) ? (ancestors as readonly Term[]) : [];
  return { call: behaviourCall(call, inner) ?? call, ancestors: [parent!, ...before] };
}

/** `gen:init_it(GenMod, Starter, Parent, Mod, Args, Options)`, or with a name before `Mod`: the callback is `Mod:init/1`. */
function behaviourCall(call: InitialCall, inner: Term | undefined): InitialCall | undefined {
  if (call.module !== "gen" || call.function !== "init_it" || !Array.isArray(inner)) return undefined;
  const module = (inner as readonly Term[])[inner.length - 3];
  if (!(module instanceof Atom)) return undefined;
  if (module.name === "supervisor")
    return supervisorCall(inner as readonly Term[]) ?? { module: module.name, function: "init", arity: 1 };
  return { module: module.name, function: "init", arity: 1 };
}

/** `supervisor` is started by `gen_server` with `{SupName, Mod, Args}`: say whose supervisor, as `$initial_call` does. */
function supervisorCall(inner: readonly Term[]): InitialCall | undefined {
  const args = inner[inner.length - 2];
  const module = args instanceof Tuple ? args.elements[1] : undefined;
  return module instanceof Atom ? { module: "supervisor", function: module.name, arity: 1 } : undefined;
}

/** Pids of a list of links; ports and others are left out. */
export const pidsOf = (term: Term | undefined): readonly Pid[] =>
  Array.isArray(term) ? term.filter((item): item is Pid => item instanceof Pid) : [];

/** How a child is to be treated, as its supervisor has it. */
export interface ChildSpec {
  readonly restart: string;
  /** Milliseconds, or a word. */
  readonly shutdown: number | "brutal_kill" | "infinity";
  readonly modules: readonly string[] | "dynamic";
  readonly significant: boolean;
  /** Start function; its arguments are not told. The arity is undefined where the supervisor did not keep them. */
  readonly start:
    | { readonly module: string; readonly function: string; readonly arity: number | undefined }
    | undefined;
}

/**
 * A supervisor's answer: `{Module, Strategy, Intensity, Period, [{Id, Child, Type, Spec}], [Age]}`. Null where it was
 * not told; `ages` are the seconds since each restart that still counts.
 */
export interface SupervisorAnswer {
  readonly module: string;
  readonly strategy: string;
  readonly intensity: number | null;
  readonly period: number | null;
  readonly children: readonly {
    readonly id: Term;
    readonly child: Term;
    readonly type: string;
    readonly spec: ChildSpec | null;
  }[];
  readonly ages: readonly number[];
}

/** Undefined: the event tells of no answer, since it is about to do something (`{asked, Request}`). */
export function supervisorOf(payload: Uint8Array): SupervisorAnswer | "silent" | undefined {
  const { term } = decodeTerm(payload, 0);
  if (isTagged(term, "timeout", 2)) return "silent";
  if (!(term instanceof Tuple) || term.elements.length < 5) return undefined;
  const [module, strategy, intensity, period, children, ages] = term.elements;
  return {
    module: atomText(module),
    strategy: atomText(strategy),
    intensity: integerOrNull(intensity),
    period: integerOrNull(period),
    children: listOf(children).flatMap((item) =>
      item instanceof Tuple && item.elements.length >= 3
        ? [
            {
              id: item.elements[0]!,
              child: item.elements[1]!,
              type: atomText(item.elements[2]),
              spec: specOf(item.elements[3]),
            },
          ]
        : [],
    ),
    ages: ageList(ages),
  };
}

const listOf = (term: Term | undefined): readonly Term[] =>
  Array.isArray(term) ? (term as readonly Term[]) : [];

const integerOrNull = (term: Term | undefined): number | null => (typeof term === "number" ? term : null);

/** A list of small integers travels as a string, which decodes as one or as bytes. */
const ageList = (term: Term | undefined): readonly number[] =>
  listOf(term).filter((age): age is number => typeof age === "number");

/** `{Restart, Shutdown, Modules, Significant, Start}`. */
function specOf(term: Term | undefined): ChildSpec | null {
  if (!(term instanceof Tuple) || term.elements.length !== 5) return null;
  const [restart, shutdown, modules, significant, start] = term.elements;
  return {
    restart: atomText(restart),
    shutdown:
      typeof shutdown === "number" ? shutdown : isAtom(shutdown, "infinity") ? "infinity" : "brutal_kill",
    modules: Array.isArray(modules) ? listOf(modules).map(atomText) : "dynamic",
    significant: isAtom(significant, "true"),
    start: startOf(start),
  };
}

function startOf(term: Term | undefined): ChildSpec["start"] {
  if (!(term instanceof Tuple) || term.elements.length !== 3) return undefined;
  const [module, name, arity] = term.elements;
  return {
    module: atomText(module),
    function: atomText(name),
    arity: typeof arity === "number" ? arity : undefined,
  };
}
