import type { CallStep } from "./call-replay.ts";
import type { WorkFrame } from "./work-tree.ts";

/** A callback or call with what happened in it, or an event by itself. */
export type PathNode<E extends CallStep> =
  | { readonly type: "frame"; readonly frame: WorkFrame<E>; readonly children: readonly PathNode<E>[] }
  | { readonly type: "event"; readonly event: E };

/**
 * What one process did, as a tree in the order in which it happened.
 *
 * @param frames its callbacks and calls
 * @param events what else there is of it (messages, spawns …), by id
 */
export function executionPath<E extends CallStep>(
  frames: readonly WorkFrame<E>[],
  events: readonly E[],
): readonly PathNode<E>[] {
  const rest = [...events].sort((a, b) => a.id - b.id);
  let next = 0;
  const before = (id: number): PathNode<E>[] => {
    const found: PathNode<E>[] = [];
    while (next < rest.length && rest[next]!.id < id) found.push({ type: "event", event: rest[next++]! });
    return found;
  };
  const nodesOf = (list: readonly WorkFrame<E>[], end: number): PathNode<E>[] => {
    const nodes: PathNode<E>[] = [];
    for (const [i, frame] of list.entries()) {
      nodes.push(...before(frame.begin.id));
      // Where its end is not known, what comes before its next sibling is taken for its own.
      const last = frame.end?.id ?? list[i + 1]?.begin.id ?? end;
      nodes.push({ type: "frame", frame, children: nodesOf(frame.children, last) });
    }
    nodes.push(...before(end));
    return nodes;
  };
  return nodesOf(frames, Number.POSITIVE_INFINITY);
}
