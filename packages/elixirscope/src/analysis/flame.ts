import type { CallStep } from "./call-replay.ts";
import { finish, type Steps } from "./steps.ts";
import type { WorkFrame } from "./work-tree.ts";

/** Frames of the same place in the stack, put together. Times in nanoseconds. */
export interface FlameNode {
  /** As `keyOf` names it. */
  readonly key: string;
  readonly count: number;
  /** Own time and that of all below. */
  readonly totalNs: number;
  readonly ownNs: number;
  /** The largest first. */
  readonly children: readonly FlameNode[];
}

interface Merging {
  readonly key: string;
  count: number;
  ownNs: bigint;
  readonly children: Map<string, Merging>;
}

/** Puts frames of the same place together; times of nodes are sums, so that own times add up to the totals of the roots. */
export class Flame<E extends CallStep> {
  readonly #root: Merging = empty("");
  readonly #keyOf: (frame: WorkFrame<E>) => string;

  constructor(keyOf: (frame: WorkFrame<E>) => string) {
    this.#keyOf = keyOf;
  }

  /**
   * @param path what the frames stand in, outermost first
   * @param ownNs time that is the innermost part's of that path, outside of all frames
   */
  add(path: readonly string[], frames: readonly WorkFrame<E>[], ownNs: bigint = 0n): void {
    finish(this.addSteps(path, frames, ownNs));
  }

  /** {@link add} in pieces. */
  *addSteps(path: readonly string[], frames: readonly WorkFrame<E>[], ownNs: bigint = 0n): Steps<void> {
    let at = this.#root;
    for (const key of path) at = child(at, key);
    if (path.length > 0) at.count++;
    at.ownNs += ownNs;
    for (const frame of frames) {
      this.#merge(at, frame);
      yield;
    }
  }

  #merge(into: Merging, frame: WorkFrame<E>): void {
    const node = child(into, this.#keyOf(frame));
    node.count++;
    node.ownNs += frame.ownNs;
    for (const inner of frame.children) this.#merge(node, inner);
  }

  roots(): readonly FlameNode[] {
    return childrenOf(this.#root);
  }
}

const empty = (key: string): Merging => ({ key, count: 0, ownNs: 0n, children: new Map() });

function child({ children }: Merging, key: string): Merging {
  const found = children.get(key) ?? empty(key);
  children.set(key, found);
  return found;
}

const childrenOf = ({ children }: Merging): readonly FlameNode[] =>
  [...children.values()].map(nodeOf).sort((a, b) => b.totalNs - a.totalNs);

function nodeOf(merging: Merging): FlameNode {
  const children = childrenOf(merging);
  const ownNs = Number(merging.ownNs);
  const totalNs = children.reduce((sum, one) => sum + one.totalNs, ownNs);
  return { key: merging.key, count: merging.count, totalNs, ownNs, children };
}
