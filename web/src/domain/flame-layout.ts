import type { FlameRow } from "elixirscope/protocol";

/** A frame where it lies in the graph: a row for each depth, widths as shares of the whole. */
export interface FlameFrame {
  readonly key: string;
  /** Names from the outermost frame to this one. */
  readonly stack: readonly string[];
  readonly row: FlameRow;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
  /** It fills the width because something in it does. */
  readonly around: boolean;
}

export interface FlameLayout {
  readonly frames: readonly FlameFrame[];
  readonly depth: number;
  /** Of what fills the width. */
  readonly totalNs: number;
}

/** Frames narrower than this share of the width are nothing that one could see or hit. */
const LEAST = 0.001;

const keyOf = (stack: readonly string[]): string => JSON.stringify(stack);

/** Where frames lie, with the one of `stack` as wide as it goes; of a stack that is not there as much as is. */
export function flameLayout(roots: readonly FlameRow[], stack: readonly string[]): FlameLayout {
  const frames: FlameFrame[] = [];
  let siblings = roots;
  let focus: FlameRow | undefined;
  const path: string[] = [];
  for (const name of stack) {
    const found = siblings.find((row) => row.name === name);
    if (!found) break;
    path.push(name);
    frames.push(frameOf([...path], found, path.length - 1, 0, 1, true));
    [focus, siblings] = [found, found.children];
  }
  const last = frames.pop();
  if (last) frames.push({ ...last, around: false });
  const totalNs = focus?.totalNs ?? roots.reduce((sum, row) => sum + row.totalNs, 0);
  const place = (rows: readonly FlameRow[], around: readonly string[], from: number): void => {
    let left = from;
    for (const row of rows.toSorted((a, b) => b.totalNs - a.totalNs)) {
      const width = totalNs === 0 ? 0 : row.totalNs / totalNs;
      const names = [...around, row.name];
      if (width >= LEAST) {
        frames.push(frameOf(names, row, names.length - 1, left, width, false));
        place(row.children, names, left);
      }
      left += width;
    }
  };
  place(siblings, path, 0);
  return { frames, depth: frames.reduce((most, { depth }) => Math.max(most, depth + 1), 0), totalNs };
}

const frameOf = (
  stack: readonly string[],
  row: FlameRow,
  depth: number,
  left: number,
  width: number,
  around: boolean,
): FlameFrame => ({ key: keyOf(stack), stack, row, depth, left, width, around });

/** The frame that an arrow key leads to: inner, outer, or beside it at the same depth. */
export function nextFrame(
  { frames }: FlameLayout,
  at: string | undefined,
  key: string,
): FlameFrame | undefined {
  const now = frames.find((frame) => frame.key === at);
  if (!now) return frames[0];
  const level = (depth: number): readonly FlameFrame[] =>
    frames.filter((frame) => frame.depth === depth).toSorted((a, b) => a.left - b.left);
  const middle = now.left + now.width / 2;
  if (key === "ArrowUp")
    return level(now.depth - 1).find(({ left, width }) => left <= middle && middle <= left + width);
  if (key === "ArrowDown")
    return level(now.depth + 1).find(
      ({ left, width }) => left >= now.left - 1e-9 && left + width <= now.left + now.width + 1e-9,
    );
  const same = level(now.depth);
  const index = same.findIndex((frame) => frame.key === at);
  if (key === "ArrowRight") return same[index + 1];
  return key === "ArrowLeft" ? same[index - 1] : undefined;
}

/** A line of the graph as a table: the deeper, the further in. */
export interface FlameLine {
  readonly key: string;
  readonly stack: readonly string[];
  readonly row: FlameRow;
  readonly depth: number;
}

/** The same in lines, the widest first at each depth. */
export function flameLines(layout: FlameLayout): readonly FlameLine[] {
  const inOrder = layout.frames.toSorted((a, b) => a.left - b.left || a.depth - b.depth);
  return inOrder.map(({ key, stack, row, depth }) => ({ key, stack, row, depth }));
}
