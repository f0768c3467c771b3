import { Atom, decodeTerm, inspect, isAtom, Pid, type Term } from "@elixirscope/etf";
import { NONE } from "../model/index.ts";
import {
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
  readonly children: readonly ChildState[];
}

export interface ChildState {
  readonly id: Term;
  readonly process: number;
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
] as const;

/** The dead that are kept with all that is known of them; older ones are in the store only. */
const DEAD_KEPT = 50_000;

/**
 * Who lives, who is whose parent, what each is called: a fold over events. Fed live and from a recording alike.
 */
export class ProcessTable {
  readonly processes: Map<number, ProcessState> = new Map();
  readonly supervisors: Map<number, SupervisorState> = new Map();
  readonly applications: Map<number, ApplicationState> = new Map();
  /** Grows with each change that shows in the tree. */
  version = 0;
  alive = 0;
  readonly #resolver: PidResolver;
  readonly #dead: number[] = [];

  constructor(resolver: PidResolver) {
    this.#resolver = resolver;
  }

  apply(event: TableEvent): void {
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
  };

  #application(event: TableEvent): void {
    this.applications.set(event.tag, { name: event.tag, node: event.node, top: event.pid });
    this.version++;
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
    for (const [index, application] of this.applications) {
      if (application.node === node) this.applications.delete(index);
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
    this.#dead.push(process.index);
    if (this.#dead.length > DEAD_KEPT * 1.2) {
      for (const index of this.#dead.splice(0, this.#dead.length - DEAD_KEPT)) this.processes.delete(index);
    }
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
    if (name === NONE) process.formerName = process.name;
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
    process.initialCall = mfaOf(properties.get("initial_call")) ?? process.initialCall;
    process.sample = sampleFrom(properties);
    for (const link of pidsOf(properties.get("links"))) {
      const index = this.#resolver.pid(link);
      if (index !== NONE) process.links.add(index);
    }
    const ancestors = properties.get("ancestors");
    if (Array.isArray(ancestors)) process.ancestors = ancestors as readonly Term[];
    const parent = properties.get("parent");
    if (parent instanceof Pid && process.parent === NONE) process.parent = this.#resolver.pid(parent);
    const label = properties.get("label");
    if (label !== undefined && !isUndefined(label)) process.label = label;
    process.application = atomName(properties.get("application")) || process.application;
    const name = atomName(properties.get("registered_name"));
    if (name) process.name = this.#resolver.atom(name);
    this.version++;
  }

  #supervised(event: TableEvent): void {
    const answer = supervisorOf(event.payload);
    if (!answer) return;
    const before = this.supervisors.get(event.pid)?.children ?? [];
    const sameId = new Map(before.map((child) => [keyOf(child.id), child]));
    const children = answer.children.map(({ id, child, type }) => {
      const process = child instanceof Pid ? this.#resolver.pid(child) : NONE;
      // Children of a dynamic supervisor all have the id `undefined`: none of them is another one's restart.
      const earlier = isUndefined(id) ? undefined : sameId.get(keyOf(id));
      const restarted =
        earlier !== undefined && process !== NONE && earlier.process !== NONE && earlier.process !== process;
      return { id, process, type, restarts: (earlier?.restarts ?? 0) + (restarted ? 1 : 0) };
    });
    this.supervisors.set(event.pid, { module: answer.module, strategy: answer.strategy, children });
    this.version++;
  }
}

const isUndefined = (term: Term): boolean => isAtom(term, "undefined") || isAtom(term, "nil");

const atomName = (term: Term | undefined): string =>
  term instanceof Atom && !isUndefined(term) ? term.name : "";

/** Child ids are any term; two that print alike are the same id. */
const keyOf = (id: Term): string => inspect(id);
