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
  const sizes: Sizes = new Map();
  for (const root of roots) measure(root, view, false, sizes);
  const rows: TreeRow[] = [];
  addLevel(ownFirst(roots), undefined, 1, view, sizes, rows);
  return rows;
}

/** Of every node that is shown: how many shown nodes are below it, and whether it matches the search itself. */
type Sizes = Map<TreeNode, { readonly below: number; readonly matches: boolean }>;

/** Shown nodes in this subtree, itself included. What is below a hit of the search is shown as a whole. */
function measure(node: TreeNode, view: TreeView, withParent: boolean, sizes: Sizes): number {
  const fits = fitsLife(node, view);
  const hit = fits && view.search !== "" && matchesSearch(node, view.search);
  const matches = withParent || hit;
  let below = 0;
  for (const child of node.children) below += measure(child, view, matches, sizes);
  const own = fits && (view.search === "" || matches);
  if (!own && below === 0) return 0;
  sizes.set(node, { below, matches });
  return below + 1;
}

function addLevel(
  nodes: readonly TreeNode[],
  parent: string | undefined,
  level: number,
  view: TreeView,
  sizes: Sizes,
  rows: TreeRow[],
): void {
  const shown = nodes.filter((node) => sizes.has(node));
  for (const [index, node] of shown.entries()) {
    const { below, matches } = sizes.get(node)!;
    const expanded = below > 0 && isOpen(node, view, matches);
    rows.push({
      node,
      level,
      expanded,
      expandable: below > 0,
      position: index + 1,
      siblings: shown.length,
      parent,
      descendants: below,
    });
    if (expanded) addLevel(node.children, node.key, level + 1, view, sizes, rows);
  }
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
