import { Atom, atom, ErlangMap, type Term, Tuple, tuple } from "@elixirscope/etf";
import { NONE } from "../model/index.ts";
import type { ProcessName } from "./name-table.ts";
import { type ChildSpec, newProcess, type ProcessState } from "./process-state.ts";
import type { ChildState, PidResolver, SupervisorState } from "./process-table.ts";
import { ProcessTable } from "./process-table.ts";

// The process table at an instant as a term. Of the dead only the newest are kept, and only as such: what is told of
// them late must not bring them back to life.

const DEAD_DUMPED = 2_000;

/** The living of a table, with what is known of them, as a term. */
export function dumpTable(table: ProcessTable): Term {
  const living: Term[] = [];
  const dead: ProcessState[] = [];
  for (const process of table.processes.values()) {
    if (process.alive) living.push(processTerm(process, table.names.namesOf(process.index)));
    else dead.push(process);
  }
  const newest = dead
    .sort((a, b) => ((a.exitedAt ?? 0n) < (b.exitedAt ?? 0n) ? 1 : -1))
    .slice(0, DEAD_DUMPED);
  return mapOf({
    processes: living,
    dead: newest.map(({ index, node, exitedAt }) => tuple(index, node, exitedAt ?? 0)),
    supervisors: [...table.supervisors].map(([index, state]) => tuple(index, supervisorTerm(state))),
    applications: [...table.applications.values()].map(({ name, node, top }) => tuple(name, node, top)),
    shared: [...table.names.sharedRegistries()],
    silent: [...table.silent],
  });
}

/** The table that was dumped. */
export function loadTable(term: Term, resolver: PidResolver): ProcessTable {
  const table = new ProcessTable(resolver);
  const fields = new Reader(term);
  for (const registry of fields.list("shared"))
    table.names.apply(NONE, Number(registry), { type: "registry", unique: false });
  for (const one of fields.list("processes")) loadProcess(table, new Reader(one));
  for (const one of fields.list("dead")) {
    const [index, node, exitedAt] = elements(one);
    const process = newProcess(Number(index), Number(node));
    table.processes.set(process.index, {
      ...process,
      alive: false,
      exitedAt: bigintOf(exitedAt),
      exitReason: new Uint8Array(0),
    });
  }
  for (const one of fields.list("supervisors")) {
    const [index, state] = elements(one);
    table.supervisors.set(Number(index), supervisorOf(new Reader(state!)));
  }
  for (const index of fields.list("silent")) table.silent.add(Number(index));
  for (const one of fields.list("applications")) {
    const [name, node, top] = elements(one).map(Number);
    table.applications.set(`${node}:${name}`, { name: name!, node: node!, top: top! });
  }
  return table;
}

/** Processes that have ended, with all that is known of them. */
export const dumpEnded = (table: ProcessTable, processes: readonly ProcessState[]): Term =>
  processes.map((process) =>
    tuple(
      processTerm(process, table.names.namesOf(process.index)),
      process.exitedAt ?? atom("none"),
      process.exitReason ?? atom("none"),
    ),
  );

/** Adds those that were dumped to a table. @returns how many they were */
export function loadEnded(table: ProcessTable, term: Term): number {
  const ended = Array.isArray(term) ? (term as readonly Term[]) : [];
  for (const one of ended) {
    const [fields, exitedAt, reason] = elements(one);
    const reader = new Reader(fields!);
    const process: ProcessState = {
      ...processOf(reader),
      alive: false,
      exitedAt: exitedAt instanceof Atom ? undefined : bigintOf(exitedAt),
      exitReason: reason instanceof Uint8Array ? new Uint8Array(reason) : undefined,
    };
    if (!table.restoreEnded(process)) continue;
    restoreNames(table, process, reader);
    table.names.died(process.index);
  }
  return ended.length;
}

function processTerm(process: ProcessState, names: readonly ProcessName[]): Term {
  const { initialCall: call, child, sample } = process;
  return mapOf({
    index: process.index,
    node: process.node,
    parent: process.parent,
    name: process.name,
    former: process.formerName,
    ...(call ? { call: tuple(atom(call.module), atom(call.function), call.arity) } : {}),
    ...(process.label === undefined ? {} : { label: process.label }),
    ancestors: process.ancestors,
    application: atom(process.application),
    ...(child ? { child: tuple(child.supervisor, child.id, specTerm(child.spec)) } : {}),
    links: [...process.links],
    monitors: process.monitors,
    monitorsAt: process.monitorsAt,
    ...(process.spawnedAt === undefined ? {} : { spawned: process.spawnedAt }),
    ...(sample
      ? { sample: tuple(sample.memory, sample.mailbox, sample.reductions, atom(sample.status)) }
      : {}),
    function: process.currentFunction,
    names: names.map(({ text, short }) => tuple(utf8(text), utf8(short))),
  });
}

function loadProcess(table: ProcessTable, fields: Reader): void {
  const process = processOf(fields);
  table.processes.set(process.index, process);
  table.alive++;
  restoreNames(table, process, fields);
}

function restoreNames(table: ProcessTable, process: ProcessState, fields: Reader): void {
  for (const one of fields.list("names")) {
    const [text, short] = elements(one).map(fromUtf8);
    table.names.apply(process.index, NONE, { type: "register", name: { text: text!, short: short! } });
  }
}

function processOf(fields: Reader): ProcessState {
  const [call, child, sample] = [fields.term("call"), fields.term("child"), fields.term("sample")];
  const [module, name, arity] = elements(call);
  const [supervisor, id, spec] = elements(child);
  const [memory, mailbox, reductions, status] = elements(sample);
  return {
    ...newProcess(fields.number("index"), fields.number("node")),
    parent: fields.number("parent"),
    name: fields.number("name"),
    formerName: fields.number("former"),
    initialCall:
      call === undefined ? undefined : { module: word(module), function: word(name), arity: Number(arity) },
    label: fields.term("label"),
    ancestors: fields.list("ancestors"),
    application: word(fields.term("application")),
    child: child === undefined ? undefined : { supervisor: Number(supervisor), id: id!, spec: specOf(spec) },
    links: new Set(fields.list("links").map(Number)),
    monitors: fields.list("monitors").map(Number),
    monitorsAt: fields.term("monitorsAt") === undefined ? 0n : bigintOf(fields.term("monitorsAt")),
    spawnedAt: fields.term("spawned") === undefined ? undefined : bigintOf(fields.term("spawned")),
    sample:
      sample === undefined
        ? undefined
        : {
            memory: Number(memory),
            mailbox: Number(mailbox),
            reductions: Number(reductions),
            status: word(status),
          },
    currentFunction: fields.number("function"),
  };
}

const supervisorTerm = (state: SupervisorState): Term =>
  mapOf({
    module: atom(state.module),
    strategy: atom(state.strategy),
    ...(state.intensity === null ? {} : { intensity: state.intensity }),
    ...(state.period === null ? {} : { period: state.period }),
    restarts: state.restarts,
    children: state.children.map((child) =>
      tuple(
        child.id,
        child.process,
        atom(child.state),
        atom(child.type),
        child.restarts,
        specTerm(child.spec),
      ),
    ),
  });

function supervisorOf(fields: Reader): SupervisorState {
  const [intensity, period] = [fields.term("intensity"), fields.term("period")];
  return {
    module: word(fields.term("module")),
    strategy: word(fields.term("strategy")),
    intensity: intensity === undefined ? null : Number(intensity),
    period: period === undefined ? null : Number(period),
    restarts: fields.list("restarts").map(bigintOf),
    children: fields.list("children").map((one): ChildState => {
      const [id, process, state, type, restarts, spec] = elements(one);
      return {
        id: id!,
        process: Number(process),
        state: word(state) as ChildState["state"],
        type: word(type),
        restarts: Number(restarts),
        spec: specOf(spec),
      };
    }),
  };
}

/** `[]` for none, so that it cannot be mistaken for one. */
function specTerm(spec: ChildSpec | null): Term {
  if (!spec) return [];
  const { start, shutdown, modules } = spec;
  return tuple(
    atom(spec.restart),
    typeof shutdown === "number" ? shutdown : atom(shutdown),
    modules === "dynamic" ? atom(modules) : modules.map(atom),
    spec.significant ? 1 : 0,
    start ? tuple(atom(start.module), atom(start.function), start.arity ?? NONE) : [],
  );
}

function specOf(term: Term | undefined): ChildSpec | null {
  if (!(term instanceof Tuple)) return null;
  const [restart, shutdown, modules, significant, start] = term.elements;
  const [module, name, arity] = elements(start);
  return {
    restart: word(restart),
    shutdown: typeof shutdown === "number" ? shutdown : (word(shutdown) as "brutal_kill" | "infinity"),
    modules: modules instanceof Atom ? "dynamic" : listOf(modules).map(word),
    significant: significant === 1,
    start:
      module === undefined
        ? undefined
        : {
            module: word(module),
            function: word(name),
            arity: arity === NONE ? undefined : Number(arity),
          },
  };
}

/** A map with atoms as its keys. */
export const mapOf = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value] as const));

/** Reads what {@link mapOf} made. */
export class Reader {
  readonly #map: ErlangMap;

  constructor(term: Term) {
    this.#map = term instanceof ErlangMap ? term : new ErlangMap([]);
  }

  term(key: string): Term | undefined {
    return this.#map.get(key);
  }

  list(key: string): readonly Term[] {
    return listOf(this.#map.get(key));
  }

  number(key: string): number {
    return Number(this.#map.get(key) ?? NONE);
  }
}

/** Of a tuple. */
export const elements = (term: Term | undefined): readonly Term[] =>
  term instanceof Tuple ? term.elements : [];

export const word = (term: Term | undefined): string => (term instanceof Atom ? term.name : "");

export const bigintOf = (term: Term | undefined): bigint =>
  typeof term === "bigint" || typeof term === "number" ? BigInt(term) : 0n;

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const fromUtf8 = (term: Term | undefined): string =>
  term instanceof Uint8Array ? new TextDecoder().decode(term) : "";

/** Lists of small numbers travel as strings; they decode as lists, too. */
const listOf = (term: Term | undefined): readonly Term[] =>
  Array.isArray(term) ? (term as readonly Term[]) : [];
