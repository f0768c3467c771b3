import type { EventKind } from "../model/index.ts";

/** What retention took away of a node between two ids, spared events excepted. */
export interface Removal {
  readonly node: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly dropped: Readonly<Partial<Record<EventKind, number>>>;
}

/** What one pass of retention took away. */
export interface Removed {
  readonly byCode: ReadonlyMap<number, number>;
  readonly events: number;
  /** Least `ts` of what remains, but for what was spared. */
  readonly first: bigint | undefined;
}

/** What was removed before in the same hole, or in one that is now part of it, and what is removed now are one. */
export function withHoles(before: readonly Removal[], now: readonly Removal[]): readonly Removal[] {
  let rest = [...before];
  const grown = now.map((removal) => {
    const inside = rest.filter(
      ({ node, firstId, lastId }) =>
        node === removal.node && lastId + 1 >= removal.firstId && firstId <= removal.lastId + 1,
    );
    rest = rest.filter((other) => !inside.includes(other));
    return inside.reduce(together, removal);
  });
  return [...rest, ...grown];
}

export function together(a: Removal | undefined, b: Removal): Removal {
  if (!a) return b;
  const dropped: Partial<Record<EventKind, number>> = { ...a.dropped };
  for (const [kind, count] of Object.entries(b.dropped) as [EventKind, number][]) {
    dropped[kind] = (dropped[kind] ?? 0) + count;
  }
  return {
    node: a.node,
    firstId: Math.min(a.firstId, b.firstId),
    lastId: Math.max(a.lastId, b.lastId),
    from: -later(-a.from, -b.from),
    to: later(a.to, b.to),
    dropped,
  };
}

export function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
