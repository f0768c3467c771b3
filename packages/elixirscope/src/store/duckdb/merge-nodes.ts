import { ElixirScopeError, type Gap, type NodeEntry } from "../../model/index.ts";

/** A node as one of the recordings has it, and from when to when that has events of it. */
export interface PartNode extends NodeEntry {
  readonly part: number;
  readonly span: { readonly from: bigint; readonly to: bigint } | undefined;
}

export interface MergedNodes {
  readonly merged: readonly NodeEntry[];
  /** Which number in which part became which. */
  readonly map: readonly { readonly part: number; readonly from: number; readonly to: number }[];
  /** Times between two recordings of the same node, in which nothing was recorded. */
  readonly gaps: readonly Gap[];
}

/**
 * A node of the same name and creation is the same one, recorded several times; one that was restarted in between is another.
 *
 * @throws ElixirScopeError `STORE_MERGE_OVERLAP`
 */
export function mergeNodes(parts: readonly PartNode[], paths: readonly string[]): MergedNodes {
  const known = new Map<string, { readonly entry: NodeEntry; readonly parts: PartNode[] }>();
  const map: MergedNodes["map"][number][] = [];
  for (const node of parts) {
    const key = `${node.creation} ${node.name}`;
    const found = known.get(key) ?? { entry: entryOf(node, known.size), parts: [] };
    known.set(key, found);
    found.parts.push(node);
    map.push({ part: node.part, from: node.index, to: found.entry.index });
  }
  const all = [...known.values()];
  return {
    merged: all.map(({ entry }) => entry),
    map,
    gaps: all.flatMap(({ entry, parts: times }) => gapsBetween(entry, times, paths)),
  };
}

const entryOf = ({ name, creation, otp, elixir, timeOffset }: PartNode, index: number): NodeEntry => ({
  index,
  name,
  creation,
  otp,
  elixir,
  timeOffset,
});

function gapsBetween(node: NodeEntry, times: readonly PartNode[], paths: readonly string[]): readonly Gap[] {
  const spans = times
    .flatMap(({ part, span }) => (span ? [{ part, ...span }] : []))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  return spans.slice(1).map((next, i) => {
    const before = spans[i]!;
    if (next.from <= before.to) throw overlapError(node.name, paths[before.part]!, paths[next.part]!);
    return { node: node.index, from: before.to, to: next.from, cause: "detached", dropped: {} };
  });
}

/** Most of what happened would be in there twice. */
export const overlapError = (name: string, a: string, b: string): ElixirScopeError =>
  new ElixirScopeError(
    "STORE_MERGE_OVERLAP",
    a === b
      ? `${a} was given twice.`
      : `${a} and ${b} both recorded ${name} at the same time, so that what happened would be there twice; take one of them.`,
    { node: name, recordings: [a, b] },
  );
