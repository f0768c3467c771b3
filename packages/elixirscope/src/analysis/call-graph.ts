import type { CallStep } from "./call-replay.ts";
import type { WorkFrame } from "./work-tree.ts";

/** All frames of one function. Times in nanoseconds. */
export interface FunctionWork {
  /** As `keyOf` names it. */
  readonly key: string;
  readonly count: number;
  readonly ownNs: number;
  /** Of recursive ones only the outermost counts, so that no time counts twice. */
  readonly totalNs: number;
  /** The longest one; null where no end is known. */
  readonly mostNs: number | null;
  /** Those that raised, or whose process ended in them. */
  readonly failed: number;
  /** Those without a known end. */
  readonly unfinished: number;
}

/** Who called whom. */
export interface CallEdge {
  /** Null: not known, or nobody. */
  readonly caller: string | null;
  readonly callee: string;
  readonly count: number;
  /** Of the callee, as called by this caller; recursion counts as in {@link FunctionWork}. */
  readonly totalNs: number;
  readonly ownNs: number;
}

interface Sums {
  count: number;
  own: bigint;
  total: bigint;
  most: bigint | undefined;
  failed: number;
  unfinished: number;
}

interface EdgeSums {
  readonly caller: string | null;
  readonly callee: string;
  count: number;
  own: bigint;
  total: bigint;
}

/** Sums over functions, and over pairs of caller and callee. */
export class CallGraph<E extends CallStep> {
  readonly #keyOf: (frame: WorkFrame<E>) => string;
  readonly #callerOf: (frame: WorkFrame<E>) => string | null;
  readonly #functions = new Map<string, Sums>();
  readonly #edges = new Map<string, EdgeSums>();

  /** @param callerOf who called a frame that stands in no other one */
  constructor(keyOf: (frame: WorkFrame<E>) => string, callerOf: (frame: WorkFrame<E>) => string | null) {
    this.#keyOf = keyOf;
    this.#callerOf = callerOf;
  }

  add(roots: readonly WorkFrame<E>[]): void {
    for (const root of roots) this.#frame(root, null, []);
  }

  #frame(frame: WorkFrame<E>, parent: string | null, stack: string[]): void {
    const key = this.#keyOf(frame);
    const outermost = stack.includes(key) ? 0n : frame.totalNs;
    const sums = this.#functions.get(key) ?? none();
    this.#functions.set(key, sums);
    sums.count++;
    sums.own += frame.ownNs;
    sums.total += outermost;
    if (frame.durationNs !== undefined && (sums.most === undefined || frame.durationNs > sums.most))
      sums.most = frame.durationNs;
    if (frame.durationNs === undefined) sums.unfinished++;
    if (frame.outcome === "raised" || frame.outcome === "ended") sums.failed++;
    this.#edge(parent ?? this.#callerOf(frame), key, frame, outermost);
    stack.push(key);
    for (const inner of frame.children) this.#frame(inner, key, stack);
    stack.pop();
  }

  #edge(caller: string | null, callee: string, frame: WorkFrame<E>, total: bigint): void {
    const name = JSON.stringify([caller, callee]);
    const edge = this.#edges.get(name) ?? { caller, callee, count: 0, own: 0n, total: 0n };
    this.#edges.set(name, edge);
    edge.count++;
    edge.own += frame.ownNs;
    edge.total += total;
  }

  /** The one with most own time first. */
  functions(): readonly FunctionWork[] {
    return [...this.#functions]
      .map(([key, { count, own, total, most, failed, unfinished }]) => ({
        key,
        count,
        ownNs: Number(own),
        totalNs: Number(total),
        mostNs: most === undefined ? null : Number(most),
        failed,
        unfinished,
      }))
      .sort((a, b) => b.ownNs - a.ownNs || b.count - a.count);
  }

  /** The one with most time first. */
  edges(): readonly CallEdge[] {
    return [...this.#edges.values()]
      .map(({ caller, callee, count, own, total }) => ({
        caller,
        callee,
        count,
        totalNs: Number(total),
        ownNs: Number(own),
      }))
      .sort((a, b) => b.totalNs - a.totalNs || b.count - a.count);
  }
}

const none = (): Sums => ({ count: 0, own: 0n, total: 0n, most: undefined, failed: 0, unfinished: 0 });
