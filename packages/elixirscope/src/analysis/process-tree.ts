import type { Term } from "@elixirscope/etf";
import { NONE } from "../model/index.ts";
import type { ProcessState } from "./process-state.ts";
import type { ChildState, ProcessTable, SupervisorState } from "./process-table.ts";

/** A place in the tree: an application, or a process under its parent. */
export interface Branch {
  readonly application?: number;
  /** Number of the node, of an application. */
  readonly node?: number;
  readonly process?: ProcessState;
  readonly childId?: Term;
  readonly type: "application" | "supervisor" | "worker" | "process" | "group";
  readonly strategy: string;
  readonly restarts: number;
  /** As its supervisor has it; absent for those that no supervisor names. */
  readonly child?: ChildState;
  /** What it is a supervisor of, absent for others. */
  readonly supervisor?: SupervisorState;
  /** A supervisor that did not answer when it was asked last. */
  readonly silent?: true;
  readonly children: Branch[];
}

/**
 * The tree of living processes: applications, their supervisors as these name their children, everybody else under
 * the process that started them. What belongs to no application comes last, in a group of its own.
 */
export function processTree(table: ProcessTable): readonly Branch[] {
  const builder = new TreeBuilder(table);
  return builder.build();
}

class TreeBuilder {
  readonly #table: ProcessTable;
  readonly #byParent = new Map<number, ProcessState[]>();
  readonly #placed = new Set<number>();
  /** Children that a supervisor names, with the supervisor: they hang there whoever spawned them. */
  readonly #supervised = new Map<number, number>();

  constructor(table: ProcessTable) {
    this.#table = table;
    for (const [supervisor, { children }] of table.supervisors) {
      for (const child of children)
        if (child.process !== NONE) this.#supervised.set(child.process, supervisor);
    }
    for (const process of table.processes.values()) {
      if (!process.alive) continue;
      const parent = this.#supervised.get(process.index) ?? process.parent;
      const siblings = this.#byParent.get(parent);
      if (siblings) siblings.push(process);
      else this.#byParent.set(parent, [process]);
    }
  }

  build(): readonly Branch[] {
    const applications = [...this.#table.applications.values()]
      .filter(({ top }) => this.#alive(top))
      .map((application): Branch => {
        const top = this.#table.processes.get(application.top)!;
        return {
          application: application.name,
          node: application.node,
          type: "application",
          strategy: "",
          restarts: 0,
          children: [this.#branch(top, undefined)],
        };
      });
    const rest = [...this.#table.processes.values()].filter(
      (process) => process.alive && !this.#placed.has(process.index) && !this.#hasUnplacedParent(process),
    );
    const others = rest.map((process) => this.#branch(process, undefined));
    if (others.length === 0) return applications;
    return [...applications, { type: "group", strategy: "", restarts: 0, children: others }];
  }

  #alive(index: number): boolean {
    return this.#table.processes.get(index)?.alive === true;
  }

  #hasUnplacedParent(process: ProcessState): boolean {
    const parent = this.#supervised.get(process.index) ?? process.parent;
    return parent !== process.index && this.#alive(parent) && !this.#placed.has(parent);
  }

  /** A child that does not run. */
  #stopped(child: ChildState): Branch {
    const type = child.type === "supervisor" ? "supervisor" : "worker";
    return { childId: child.id, child, type, strategy: "", restarts: child.restarts, children: [] };
  }

  #branch(process: ProcessState, child: ChildState | undefined): Branch {
    this.#placed.add(process.index);
    const supervisor = this.#table.supervisors.get(process.index);
    const silent = this.#table.silent.has(process.index);
    const named = supervisor?.children ?? [];
    const children: Branch[] = [];
    for (const below of named) {
      if (below.process === NONE) {
        children.push(this.#stopped(below));
        continue;
      }
      const state = this.#table.processes.get(below.process);
      if (!state?.alive || this.#placed.has(below.process)) continue;
      children.push(this.#branch(state, below));
    }
    for (const below of this.#byParent.get(process.index) ?? []) {
      if (!this.#placed.has(below.index)) children.push(this.#branch(below, undefined));
    }
    const type = child?.type;
    return {
      process,
      ...(child === undefined ? {} : { childId: child.id, child }),
      ...(supervisor === undefined ? {} : { supervisor }),
      ...(silent ? { silent } : {}),
      type:
        supervisor || silent || type === "supervisor"
          ? "supervisor"
          : type === "worker"
            ? "worker"
            : "process",
      strategy: supervisor?.strategy ?? "",
      restarts: child?.restarts ?? 0,
      children,
    };
  }
}
