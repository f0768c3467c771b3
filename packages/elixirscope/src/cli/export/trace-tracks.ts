import type { ProcessRow, Tree, TreeNode } from "../../protocol/index.ts";

/** Where in a trace a process is drawn: the track of a group. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** A piece of a trace in the Trace Event Format. */
export type TraceEvent = Readonly<Record<string, unknown>>;

/** Processes, grouped by application and in the order of the supervision tree. */
export class TraceTracks {
  readonly #groups = new Map<string, number>();
  readonly #tracks = new Map<string, Track>();
  readonly #labels = new Map<string, string>();
  readonly #order: ReadonlyMap<string, number>;
  readonly #supervisors: ReadonlyMap<string, string>;

  constructor(processes: readonly ProcessRow[], tree: Tree) {
    const { order, supervisors } = placesIn(tree);
    this.#order = order;
    this.#supervisors = supervisors;
    for (const row of processes) {
      this.#labels.set(row.handle, row.label === row.pid ? row.pid : `${row.label} ${row.pid}`);
      this.#add(row.handle, row.application ?? "no application");
    }
  }

  /** Of a process that nothing is known of, one of its own. */
  of(handle: string): Track {
    return this.#tracks.get(handle) ?? this.#add(handle, "elsewhere");
  }

  label(handle: string): string {
    return this.#labels.get(handle) ?? handle;
  }

  /** Names and places of the tracks that were used. */
  names(used: ReadonlySet<string>): readonly TraceEvent[] {
    const groups = new Set([...used].map((handle) => this.of(handle).pid));
    const named = (name: string, { pid, tid }: Track, args: TraceEvent): TraceEvent => ({
      ph: "M",
      name,
      pid,
      tid,
      args,
    });
    return [
      ...[...this.#groups].flatMap(([name, pid]) =>
        groups.has(pid) ? [named("process_name", { pid, tid: 0 }, { name })] : [],
      ),
      ...[...used].flatMap((handle) => {
        const track = this.of(handle);
        const supervisor = this.#supervisors.get(handle);
        const name = supervisor === undefined ? this.label(handle) : `${this.label(handle)} · ${supervisor}`;
        return [
          named("thread_name", track, { name }),
          named("thread_sort_index", track, { sort_index: this.#order.get(handle) ?? track.tid + 1_000_000 }),
        ];
      }),
    ];
  }

  #add(handle: string, group: string): Track {
    const pid = this.#groups.get(group) ?? this.#groups.size + 1;
    this.#groups.set(group, pid);
    const track = { pid, tid: Number(handle.slice(2)) + 1 };
    this.#tracks.set(handle, track);
    return track;
  }
}

/** By handle: the place in the tree, and whose child it is. */
function placesIn({ roots }: Tree): {
  readonly order: ReadonlyMap<string, number>;
  readonly supervisors: ReadonlyMap<string, string>;
} {
  const order = new Map<string, number>();
  const supervisors = new Map<string, string>();
  const visit = ({ process, children, label, type }: TreeNode, supervisor: string | undefined): void => {
    if (process) {
      order.set(process.handle, order.size);
      if (supervisor !== undefined) supervisors.set(process.handle, supervisor);
    }
    for (const child of children) visit(child, type === "supervisor" ? label : undefined);
  };
  for (const root of roots) visit(root, undefined);
  return { order, supervisors };
}
