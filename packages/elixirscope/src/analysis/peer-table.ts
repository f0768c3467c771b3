/** What a node said of another one that it is connected to, or not any more. */
export interface PeerChange {
  readonly id: number;
  readonly ts: bigint;
  /** Who says it: name of a node. */
  readonly node: string;
  readonly peer: string;
  readonly up: boolean;
}

/** Two nodes lost each other: both said so, hence both were alive. */
export interface Split {
  readonly nodes: readonly [string, string];
  readonly from: bigint;
  /** When the first of them saw the other again; null: not yet. */
  readonly to: bigint | null;
  /** Ids of the events that say so. */
  readonly evidence: readonly number[];
}

/** One side of it. */
interface Lost {
  readonly down: PeerChange;
  up: PeerChange | undefined;
}

/**
 * Times in which two nodes did not see each other, from what each said of the other. A node that went down says nothing, so
 * that its end is no split; one that came back under its name begins anew.
 */
export function splitsOf(changes: readonly PeerChange[]): readonly Split[] {
  const lost = new Map<string, Lost[]>();
  for (const change of changes.toSorted((a, b) => a.id - b.id)) {
    const key = `${change.node} ${change.peer}`;
    const all = lost.get(key) ?? [];
    const open = all.at(-1);
    if (!change.up) all.push({ down: change, up: undefined });
    else if (open && open.up === undefined) open.up = change;
    lost.set(key, all);
  }
  const splits: Split[] = [];
  for (const [key, ours] of lost) {
    const [node, peer] = key.split(" ") as [string, string];
    // Each pair once.
    if (node > peer) continue;
    for (const one of ours) {
      const other = (lost.get(`${peer} ${node}`) ?? []).find((their) => overlapping(one, their));
      if (other) splits.push(split([node, peer], one, other));
    }
  }
  return splits.toSorted((a, b) => (a.from < b.from ? -1 : 1));
}

const overlapping = (a: Lost, b: Lost): boolean =>
  (a.up === undefined || b.down.ts <= a.up.ts) && (b.up === undefined || a.down.ts <= b.up.ts);

function split(nodes: readonly [string, string], a: Lost, b: Lost): Split {
  const ups = [a.up, b.up].filter((up) => up !== undefined).toSorted((x, y) => (x.ts < y.ts ? -1 : 1));
  const downs = [a.down, b.down].toSorted((x, y) => (x.ts < y.ts ? -1 : 1));
  return {
    nodes,
    from: downs[0]!.ts,
    to: ups[0]?.ts ?? null,
    evidence: [...downs, ...ups].map(({ id }) => id),
  };
}
