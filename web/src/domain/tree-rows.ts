import type { TreeNode } from "elixirscope/protocol";
import { isRuntime, ownFirst } from "./own-first.ts";

/** One visible line of the process tree. */
export interface TreeRow {
  readonly node: TreeNode;
  /** 1 for a root, as `aria-level` counts. */
  readonly level: number;
  readonly expanded: boolean;
  readonly expandable: boolean;
  /** Place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly siblings: number;
  readonly parent: string | undefined;
  /** Everything below it, whether it is visible or not. */
  readonly descendants: number;
}

export interface TreeView {
  /** Keys that somebody opened or closed; the rest follows `opensByItself`. */
  readonly toggled: ReadonlyMap<string, boolean>;
  /** Lower case; a node matches by label, name, pid or child id. "" matches all. */
  readonly search: string;
  readonly liveness: "alive" | "all" | "dead";
}

// A supervisor with more children than this starts closed, so that a pool of 10,000 does not bury its neighbours.
const MANY = 50;

/** The lines to draw, top to bottom. A search opens what leads to its hits. */
export function flattenTree(roots: readonly TreeNode[], view: TreeView): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  addLevel(ownFirst(roots), undefined, 1, view, false, rows);
  return rows;
}

function addLevel(
  nodes: readonly TreeNode[],
  parent: string | undefined,
  level: number,
  view: TreeView,
  parentMatches: boolean,
  rows: TreeRow[],
): number {
  const shown = nodes.filter((node) => parentMatches || isShown(node, view));
  let total = 0;
  shown.forEach((node, index) => {
    const matches =
      parentMatches || (view.search !== "" && matchesSearch(node, view.search) && fitsLife(node, view));
    const expanded = node.children.length > 0 && isOpen(node, view, matches);
    const at = rows.length;
    const row = { node, level, expanded, position: index + 1, siblings: shown.length, parent };
    rows.push({ ...row, expandable: false, descendants: 0 });
    const children = node.children.filter((child) => matches || isShown(child, view));
    const below = expanded
      ? addLevel(node.children, node.key, level + 1, view, matches, rows)
      : children.reduce((sum, child) => sum + 1 + countBelow(child), 0);
    rows[at] = { ...row, expandable: children.length > 0, descendants: below };
    total += 1 + below;
  });
  return total;
}

function isShown(node: TreeNode, view: TreeView): boolean {
  const own = fitsLife(node, view) && (view.search === "" || matchesSearch(node, view.search));
  return own || node.children.some((child) => isShown(child, view));
}

function fitsLife(node: TreeNode, view: TreeView): boolean {
  if (view.liveness === "all") return true;
  // Applications and groups live as long as what is in them.
  if (!node.process) return node.children.length === 0 && view.liveness === "alive";
  return node.alive === (view.liveness === "alive");
}

const matchesSearch = (node: TreeNode, search: string): boolean =>
  [node.label, node.process?.name, node.process?.pid, node.process?.label, node.childId].some(
    (text) => text?.toLowerCase().includes(search) ?? false,
  );

function isOpen(node: TreeNode, view: TreeView, matches: boolean): boolean {
  const said = view.toggled.get(node.key);
  if (said !== undefined) return said;
  if (view.search !== "" && !matches) return true;
  return opensByItself(node);
}

const opensByItself = (node: TreeNode): boolean => node.children.length <= MANY && !isRuntime(node);

function countBelow(node: TreeNode): number {
  return node.children.reduce((sum, child) => sum + 1 + countBelow(child), 0);
}
