import { Atom, decodeTerm, inspect, isAtom, Pid, type Term } from "@elixirscope/etf";
import { NONE } from "../model/index.ts";
import { NameTable, nameChangeOf } from "./name-table.ts";
import {
  type ChildSpec,
  mfaOf,
  newProcess,
  type ProcessState,
  pidsOf,
  propertiesOf,
  realCall,
  sampleFrom,
  sampleOf,
  supervisorOf,
  type TableEvent,
} from "./process-state.ts";

/** Supervisors know their children by id; this is the newest that each said. */
export interface SupervisorState {
  readonly module: string;
  readonly strategy: string;
  /** So many restarts in so many seconds are allowed; null where it is not known. */
  readonly intensity: number | null;
  readonly period: number | null;
  /** Unix nanoseconds of its restarts, those known, oldest first: at most {@link RESTARTS_KEPT}. */
  readonly restarts: readonly bigint[];
  readonly children: readonly ChildState[];
}

export interface ChildState {
  readonly id: Term;
  /** {@link NONE} where it does not run. */
  readonly process: number;
  /** Why it does not: `restarting`, or `undefined` (stopped, or its start said `:ignore`). */
  readonly state: "running" | "restarting" | "undefined";
  readonly spec: ChildSpec | null;
  readonly type: string;
  /** How often this id was seen with another pid than before. */
  readonly restarts: number;
}

export interface ApplicationState {
  readonly name: number;
  readonly node: number;
  readonly top: number;
}

/** How pids and names inside terms become indexes ({@link NONE}: unknown); given by whoever holds the dictionary. */
export interface PidResolver {
  pid(pid: Pid): number;
  atom(name: string): number;
}

/** Kinds that the table is made of, in the order of the recording. */
export const TABLE_KINDS = [
  "spawn",
  "spawned",
  "exit",
  "register",
  "unregister",
  "link",
  "unlink",
  "getting_linked",
  "getting_unlinked",
  "process",
  "supervisor",
  "application",
  "sample",
  "name",
] as const;

/** Restarts kept of one supervisor. */
const RESTARTS_KEPT = 1_000;

/** The dead that are kept with all that is known of them; older ones are in the store only. */
const DEAD_KEPT = 50_000;

/**
 * Who lives, who is whose parent, what each is called: a fold over events. Fed live and from a recording alike.
 */
export class ProcessTable {
  readonly processes: Map<number, ProcessState> = new Map();
  readonly supervisors: Map<number, SupervisorState> = new Map();
  /** Supervisors that did not answer when they were asked last; what is known of them is older, if anything is. */
  readonly silent: Set<number> = new Set();
  /** By node and name: each node has a kernel. */
  readonly applications: Map<string, ApplicationState> = new Map();
  /** Names in `:global`, registries and `:via` modules. */
  readonly names: NameTable = new NameTable();
  /** Grows with each change that shows in the tree. */
  version = 0;
  alive = 0;
  readonly #resolver: PidResolver;
  readonly #dead: number[] = [];
  /** Of those that have ended, how many are not kept any more. */
  #forgotten = 0;

  constructor(resolver: PidResolver) {
    this.#resolver = resolver;
  }

  apply(event: TableEvent): void {
    // Spawned from another node it was heard of there first; what it does itself, its own node tells. Whose groups and
    // names it is in, any node tells.
    const process = event.kind === "name" ? undefined : this.processes.get(event.pid);
    if (process && process.node !== event.node) process.node = event.node;
    const fold = this.#folds[event.kind];
    if (fold) fold(event);
  }

  readonly #folds: Readonly<Partial<Record<TableEvent["kind"], (event: TableEvent) => void>>> = {
    spawn: (event) => this.#spawned(event, event.peer, event.pid),
    spawned: (event) => this.#spawned(event, event.pid, event.peer),
    exit: (event) => this.#exited(event),
    register: (event) => this.#named(event, event.tag),
    unregister: (event) => this.#named(event, NONE),
    link: (event) => this.#linked(event, true),
    getting_linked: (event) => this.#linked(event, true),
    unlink: (event) => this.#linked(event, false),
    getting_unlinked: (event) => this.#linked(event, false),
    process: (event) => this.#described(event),
    supervisor: (event) => this.#supervised(event),
    application: (event) => this.#application(event),
    sample: (event) => this.#sampled(event),
    name: (event) => this.#nameChanged(event),
  };

  #application(event: TableEvent): void {
    this.applications.set(`${event.node}:${event.tag}`, {
      name: event.tag,
      node: event.node,
      top: event.pid,
    });
    this.version++;
  }

  #nameChanged(event: TableEvent): void {
    const change = nameChangeOf(decodeTerm(event.payload, 0).term);
    if (!change || event.pid === NONE || this.processes.get(event.pid)?.alive === false) return;
    if (this.names.apply(event.pid, event.tag, change)) this.version++;
  }

  #sampled(event: TableEvent): void {
    const process = this.processes.get(event.pid);
    if (!process?.alive) return;
    process.sample = sampleOf(event.payload) ?? process.sample;
    process.currentFunction = event.mfa;
  }

  /** We lost a node from sight: nothing of it counts as alive until a snapshot says that it is. */
  nodeDown(node: number, ts: bigint): void {
    for (const process of this.processes.values()) {
      if (process.node === node && process.alive) this.#died(process, ts);
    }
    for (const [key, application] of this.applications) {
      if (application.node === node) this.applications.delete(key);
    }
    this.version++;
  }

  #get(index: number, node: number): ProcessState {
    let process = this.processes.get(index);
    if (!process) {
      process = newProcess(index, node);
      this.processes.set(index, process);
      this.alive++;
      this.version++;
    }
    return process;
  }

  /** The parent's `spawn` and the child's `spawned` tell the same; the second adds nothing, but one may be missing. */
  #spawned(event: TableEvent, child: number, parent: number): void {
    if (child === NONE) return;
    const process = this.#get(child, event.node);
    if (process.spawnedAt !== undefined) return;
    process.spawnedAt = event.ts;
    process.parent = parent;
    this.#startedAs(process, event);
    this.version++;
  }

  #startedAs(process: ProcessState, event: TableEvent): void {
    if (event.payload.length === 0) return;
    const real = realCall(decodeTerm(event.payload, 0).term);
    if (!real) return;
    process.initialCall = real.call;
    process.ancestors = real.ancestors;
  }

  #exited(event: TableEvent): void {
    const process = this.#get(event.pid, event.node);
    process.exitReason = new Uint8Array(event.payload);
    if (process.alive) this.#died(process, event.ts);
    this.version++;
  }

  #died(process: ProcessState, ts: bigint): void {
    process.alive = false;
    process.exitedAt = ts;
    for (const other of process.links) this.processes.get(other)?.links.delete(process.index);
    this.alive--;
    this.supervisors.delete(process.index);
    this.silent.delete(process.index);
    this.names.died(process.index);
    this.#dead.push(process.index);
    this.#forgetOld();
  }

  #forgetOld(): void {
    if (this.#dead.length <= DEAD_KEPT * 1.2) return;
    const old = this.#dead.splice(0, this.#dead.length - DEAD_KEPT);
    this.#forgotten += old.length;
    for (const index of old) {
      this.processes.delete(index);
      this.names.forget(index);
    }
  }

  /** How many processes have ended so far. */
  get ended(): number {
    return this.#forgotten + this.#dead.length;
  }

  /** Those that ended after so many others, in that order. */
  endedSince(ended: number): readonly ProcessState[] {
    const since = this.#dead.slice(Math.max(0, ended - this.#forgotten));
    return since.flatMap((index) => this.processes.get(index) ?? []);
  }

  /** One that has ended, as it was written down; not one that was seen again since. */
  restoreEnded(process: ProcessState): boolean {
    const isSeenAgain = this.processes.get(process.index)?.alive === true;
    if (!isSeenAgain) this.processes.set(process.index, process);
    this.#dead.push(process.index);
    this.#forgetOld();
    return !isSeenAgain;
  }

  /** Lost from sight while we were not connected, and still there. */
  #revive(process: ProcessState): void {
    process.alive = true;
    process.exitedAt = undefined;
    this.alive++;
    const at = this.#dead.indexOf(process.index);
    if (at >= 0) this.#dead.splice(at, 1);
  }

  #named(event: TableEvent, name: number): void {
    const process = this.#get(event.pid, event.node);
    if (name === NONE) process.formerName = event.tag;
    process.name = name;
    this.version++;
  }

  #linked(event: TableEvent, on: boolean): void {
    if (event.peer === NONE) return;
    const process = this.#get(event.pid, event.node);
    if (on) process.links.add(event.peer);
    else process.links.delete(event.peer);
  }

  #described(event: TableEvent): void {
    const known = this.processes.get(event.pid);
    // Looked at before it died, reported after: the dead stay dead.
    if (known && !known.alive && (known.exitReason !== undefined || (known.exitedAt ?? 0n) >= event.ts))
      return;
    const process = this.#get(event.pid, event.node);
    if (!process.alive) this.#revive(process);
    const properties = propertiesOf(event.payload);
    const call = mfaOf(properties.get("initial_call"));
    // Where a dictionary was too large to be read, what the spawn told is better.
    if (call && !(process.initialCall && call.module === "proc_lib")) process.initialCall = call;
    // A change of the label comes alone.
    if (properties.has("memory")) process.sample = sampleFrom(properties);
    for (const link of pidsOf(properties.get("links"))) {
      const index = this.#resolver.pid(link);
      if (index !== NONE) process.links.add(index);
    }
    const monitored = pidsOf(properties.get("monitors")).map((pid) => this.#resolver.pid(pid));
    if (monitored.length > 0) {
      process.monitors = monitored.filter((index) => index !== NONE);
      process.monitorsAt = event.ts;
    }
    const ancestors = properties.get("ancestors");
    if (Array.isArray(ancestors) && ancestors.length > 0) process.ancestors = ancestors as readonly Term[];
    const parent = properties.get("parent");
    if (parent instanceof Pid && process.parent === NONE) process.parent = this.#resolver.pid(parent);
    const label = properties.get("label");
    if (label !== undefined && !(isUndefined(label) && properties.has("memory"))) {
      process.label = isUndefined(label) ? undefined : label;
    }
    process.application = atomName(properties.get("application")) || process.application;
    const name = atomName(properties.get("registered_name"));
    if (name) process.name = this.#resolver.atom(name);
    this.version++;
  }

  #supervised(event: TableEvent): void {
    const answer = supervisorOf(event.payload);
    if (!answer) return;
    if (answer === "silent") {
      this.silent.add(event.pid);
      this.version++;
      return;
    }
    this.silent.delete(event.pid);
    const known = this.supervisors.get(event.pid);
    const before = known?.children ?? [];
    const observed: bigint[] = [];
    const sameId = new Map(before.map((child) => [keyOf(child.id), child]));
    const children = answer.children.map(({ id, child, type, spec }) => {
      const process = child instanceof Pid ? this.#resolver.pid(child) : NONE;
      // Children of a dynamic supervisor all have the id `undefined`: none of them is another one's restart.
      const earlier = isUndefined(id) ? undefined : sameId.get(keyOf(id));
      const restarted =
        earlier !== undefined && process !== NONE && earlier.process !== NONE && earlier.process !== process;
      if (restarted) observed.push(this.processes.get(process)?.spawnedAt ?? event.ts);
      const state = process !== NONE ? "running" : isAtom(child, "restarting") ? "restarting" : "undefined";
      const restarts = (earlier?.restarts ?? 0) + (restarted ? 1 : 0);
      const kept = spec ?? earlier?.spec ?? null;
      const holder = this.processes.get(process);
      if (holder) holder.child = { supervisor: event.pid, id, spec: kept };
      return { id, process, state, type, restarts, spec: kept } as const;
    });
    const { module, strategy, intensity, period, ages } = answer;
    const told = ages.map((age) => event.ts - BigInt(age) * SECOND);
    const restarts = withRestarts(known?.restarts ?? [], told, observed);
    this.supervisors.set(event.pid, { module, strategy, intensity, period, restarts, children });
    this.version++;
  }
}

const SECOND = 1_000_000_000n;

/**
 * What it counts itself is in whole seconds, and is the truth; where it tells of no restart that was seen (its state
 * was not looked at), what was seen counts.
 */
function withRestarts(
  known: readonly bigint[],
  told: readonly bigint[],
  seen: readonly bigint[],
): readonly bigint[] {
  const added = [...known];
  for (const [group, tolerance] of [
    [seen, 0n],
    [told, 2n * SECOND],
  ] as const) {
    const free = group === told ? [...added] : [];
    for (const at of group.toSorted((a, b) => (a < b ? -1 : 1))) {
      const same = free.findIndex((other) => (other > at ? other - at : at - other) <= tolerance);
      if (same >= 0) free.splice(same, 1);
      else added.push(at);
    }
  }
  return added.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(-RESTARTS_KEPT);
}

const isUndefined = (term: Term): boolean => isAtom(term, "undefined") || isAtom(term, "nil");

const atomName = (term: Term | undefined): string =>
  term instanceof Atom && !isUndefined(term) ? term.name : "";

/** Child ids are any term; two that print alike are the same id. */
const keyOf = (id: Term): string => inspect(id);
